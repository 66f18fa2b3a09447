package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The batch layer's recompute of one day: resolves both progress ledgers, says which horizon it means to publish, reads raw below
 * it, writes a generation (named after this process, so unique), and publishes it unless the day refuses.
 *
 * @param speed how many records the speed ledger had
 * @param intended the number of the entry that says so
 * @param result what the generation holds
 * @param known the day as read before the append
 */
record Recompute<P>(
        String name,
        LocalDate date,
        Phase phase,
        int speed,
        Optional<Horizon> horizon,
        long intended,
        Optional<P> result,
        Day known)
        implements Actor<P> {
    enum Phase {
        READS_SPEED,
        READS_ARCHIVE,
        INTENDS,
        READS_RAW,
        WRITES,
        CHECKS,
        PUBLISHES,
        DONE
    }

    static <P> Recompute<P> of(String name, LocalDate date) {
        return new Recompute<>(name, date, Phase.READS_SPEED, 0, Optional.empty(), 0, Optional.empty(), Day.NEW);
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case READS_SPEED -> world.speed.rows().isEmpty() ? Optional.empty() : Optional.of(readSpeed(world));
            case READS_ARCHIVE -> readArchive(world);
            case INTENDS -> Optional.of(intend(world));
            case READS_RAW -> Optional.of(in(Phase.WRITES, Optional.of(result.orElseGet(() -> readRaw(world)))));
            case WRITES -> Optional.of(write(world));
            case CHECKS -> Optional.of(check(world));
            case PUBLISHES -> Optional.of(publish(world));
            case DONE -> Optional.empty();
        };
    }

    private Recompute<P> readSpeed(World<P> world) {
        return new Recompute<>(
                name, date, Phase.READS_ARCHIVE, world.speed.rows().size(), horizon, intended, result, known);
    }

    private Optional<Actor<P>> readArchive(World<P> world) {
        if (world.does(Lapse.RECOMPUTE_READS_RAW_BEFORE_PROGRESS) && result.isEmpty()) {
            return Optional.of(in(phase, Optional.of(readRaw(world))));
        }
        Optional<Horizon> found = world.covered(world.speed.rows().subList(0, speed), world.archived());
        Phase next = world.does(Lapse.INTENDS_NOTHING) ? Phase.READS_RAW : Phase.INTENDS;
        return found.map(h -> new Recompute<>(name, date, next, speed, found, intended, result, known));
    }

    /**
     * Reads the day and appends, in one step: what comes between the two only makes the append fail and the process read again.
     * Where the horizon is refused, a later one may not be.
     */
    private Recompute<P> intend(World<P> world) {
        Day day = world.day(date);
        if (day.held() || day.sealed()) {
            return of(name, date).done();
        }
        return lenient(world, day).refusesIntent(horizon.orElseThrow()).isPresent()
                        && !world.does(Lapse.INTENDS_INSIDE_A_FOLD)
                ? of(name, date)
                : intend(world, day);
    }

    private Recompute<P> intend(World<P> world, Day day) {
        world.append(date, day, new DayEntry.Intends(horizon.orElseThrow().seq()));
        return new Recompute<>(name, date, Phase.READS_RAW, speed, horizon, day.entries() + 1, result, Day.NEW);
    }

    private P readRaw(World<P> world) {
        Progress archive = world.archived(); // only who wrote what; what it owned before, it owns
        return world.aggregation.all(Event.winners(world.raw.rows().stream()
                .filter(r -> r.day().equals(date) && archive.owners().owns(r.run(), r.seq()))
                .map(Row::part)
                .filter(e -> horizon.isEmpty() || e.isBelow(horizon.get().cut().orElseThrow()))
                .toList()));
    }

    private Recompute<P> write(World<P> world) {
        world.batch = world.batch.plus(List.of(new Settled<>(date, name, result.orElseThrow())));
        return in(Phase.CHECKS, Optional.empty());
    }

    private Recompute<P> check(World<P> world) {
        Day day = world.day(date);
        if (lenient(world, day).refusesPublish(name, horizon.orElseThrow()).isPresent()) {
            Laws.refusedForAReason(world, date, name, horizon.orElseThrow(), intended);
            return of(name, date).done();
        }
        return new Recompute<>(name, date, Phase.PUBLISHES, speed, horizon, intended, result, day);
    }

    private Recompute<P> publish(World<P> world) {
        return world.append(date, known, new DayEntry.Published(name, horizon.orElseThrow()))
                ? Recompute.<P>of(name, date).done()
                : in(Phase.CHECKS, Optional.empty());
    }

    /** The day without what the checker is asked to overlook. */
    private static Day lenient(World<?> world, Day day) {
        boolean horizons = !world.does(Lapse.PUBLISHES_BELOW_THE_HORIZON);
        return new Day(
                day.entries(),
                horizons ? day.current() : Optional.empty(),
                horizons ? day.kept() : Map.of(),
                world.does(Lapse.PUBLISHES_WHAT_WAS_RETIRED) ? Set.of() : day.retired(),
                day.foldedTo(),
                world.does(Lapse.PUBLISHES_INSIDE_A_FOLD) ? List.of() : day.folds(),
                day.intents(),
                day.floor(),
                day.held() && !world.does(Lapse.PUBLISHES_A_HELD_DAY),
                !world.does(Lapse.PUBLISHES_A_SEALED_DAY) && day.sealed(),
                day.unsafe());
    }

    private Recompute<P> in(Phase next, Optional<P> holds) {
        return new Recompute<>(name, date, next, speed, horizon, intended, holds, Day.NEW);
    }

    private <Q> Recompute<Q> done() {
        return new Recompute<>(name, date, Phase.DONE, 0, Optional.empty(), 0, Optional.empty(), Day.NEW);
    }
}
