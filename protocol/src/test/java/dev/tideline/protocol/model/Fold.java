package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Seqs;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A fold of one day's partials: announces it, reads the recorded rows, and replaces them, part by part, in one commit. The commit carries a
 * Delta transaction for the day, whose version is the number of the entry, and does nothing when a later one was there.
 *
 * @param covered what both progress ledgers said
 * @param plan what is folded, as announced by entry {@code known.entries() + 1}
 * @param folded the rows that replace the others, once they are read
 */
record Fold<P>(
        String name,
        LocalDate date,
        Phase phase,
        Optional<Horizon> covered,
        Day known,
        Optional<DayEntry.Folded> plan,
        List<Row<P>> folded)
        implements Actor<P> {
    enum Phase {
        READS_PROGRESS,
        READS_DAY,
        ANNOUNCES,
        READS_ROWS,
        REWRITES,
        APPENDS,
        DONE
    }

    static <P> Fold<P> of(String name, LocalDate date) {
        return new Fold<>(name, date, Phase.READS_PROGRESS, Optional.empty(), Day.NEW, Optional.empty(), List.of());
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case READS_PROGRESS -> readProgress(world);
            case READS_DAY -> Optional.of(plan(world));
            case ANNOUNCES -> Optional.of(announce(world));
            case READS_ROWS -> Optional.of(in(Phase.REWRITES, readRows(world)));
            case REWRITES -> Optional.of(rewrite(world));
            case APPENDS -> Optional.of(append(world));
            case DONE -> Optional.empty();
        };
    }

    private Optional<Actor<P>> readProgress(World<P> world) {
        Optional<Horizon> found = world.does(Lapse.FOLDS_BEYOND_THE_ARCHIVE)
                ? world.speed.last().map(Progress::horizon)
                : world.covered();
        return found.map(h -> new Fold<>(name, date, Phase.READS_DAY, found, known, plan, folded));
    }

    private Fold<P> plan(World<P> world) {
        Day day = world.day(date);
        Horizon to = covered.orElseThrow();
        Optional<DayEntry.Folded> next = day.fold(to);
        if (world.does(Lapse.FOLDS_ACROSS_HORIZONS)) {
            next = Optional.of(new DayEntry.Folded(0, to.seq(), List.of()));
        } else if (world.does(Lapse.FOLDS_ACROSS_A_KEPT_HORIZON)) {
            long published = day.horizon().map(Horizon::seq).orElse(0L);
            next = to.seq() > published
                    ? Optional.of(new DayEntry.Folded(published, to.seq(), List.of()))
                    : Optional.empty();
        } else if (world.does(Lapse.FOLDS_ACROSS_AN_INTENT)) {
            next = next.map(fold -> new DayEntry.Folded(fold.after(), fold.to(), List.of()));
        }
        boolean silently = world.does(Lapse.FOLDS_BEFORE_ANNOUNCING);
        return next.isEmpty()
                ? done()
                : new Fold<>(name, date, silently ? Phase.READS_ROWS : Phase.ANNOUNCES, covered, day, next, List.of());
    }

    private Fold<P> announce(World<P> world) {
        if (!world.append(date, known, plan.orElseThrow())) {
            return new Fold<>(name, date, Phase.READS_DAY, covered, Day.NEW, Optional.empty(), List.of());
        }
        return world.does(Lapse.FOLDS_BEFORE_ANNOUNCING) ? done() : in(Phase.READS_ROWS, List.of());
    }

    private List<Row<P>> readRows(World<P> world) {
        Progress speed = world.sped();
        List<Row<P>> merged = new ArrayList<>();
        for (Seqs part : plan.orElseThrow().parts()) {
            List<P> parts = world.partials.rows().stream()
                    .filter(r -> r.day().equals(date) && part.after() < r.seq() && r.seq() <= part.to())
                    .filter(r -> speed.owners().owns(r.run(), r.seq()))
                    .map(Row::part)
                    .toList();
            if (!parts.isEmpty()) {
                String owner = world.speed.rows().get((int) part.to() - 1).run();
                merged.add(new Row<>(date, part.to(), owner, world.aggregation.merged(parts)));
            }
        }
        return merged;
    }

    private boolean isFolded(Row<P> row) {
        DayEntry.Folded fold = plan.orElseThrow();
        return row.day().equals(date) && fold.after() < row.seq() && row.seq() <= fold.to();
    }

    private Fold<P> rewrite(World<P> world) {
        long number = known.entries() + 1;
        boolean late = world.folds.getOrDefault(date, 0L) >= number;
        if (!late || world.does(Lapse.FOLDS_WITHOUT_A_TRANSACTION)) {
            Map<LocalDate, Long> seen = new TreeMap<>(world.folds);
            seen.put(date, number);
            world.folds = seen;
            world.partials = world.partials.minus(this::isFolded);
            if (world.does(Lapse.FOLDS_IN_TWO_COMMITS)) {
                return in(Phase.APPENDS, folded);
            }
            return append(world);
        }
        return done();
    }

    private Fold<P> append(World<P> world) {
        world.partials = world.partials.plus(folded);
        return world.does(Lapse.FOLDS_BEFORE_ANNOUNCING) ? in(Phase.ANNOUNCES, List.of()) : done();
    }

    private Fold<P> in(Phase next, List<Row<P>> rows) {
        return new Fold<>(name, date, next, covered, known, plan, rows);
    }

    private Fold<P> done() {
        return new Fold<>(name, date, Phase.DONE, Optional.empty(), Day.NEW, Optional.empty(), List.of());
    }
}
