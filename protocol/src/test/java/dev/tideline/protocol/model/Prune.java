package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Retention of one day: announces what may go, then deletes superseded generations, then speed rows below the floor. */
record Prune<P>(String name, LocalDate date, Phase phase, Day known, Optional<DayEntry.Retired> plan)
        implements Actor<P> {
    enum Phase {
        READS_DAY,
        ANNOUNCES,
        DELETES_BATCH,
        DELETES_SPEED,
        DONE
    }

    static <P> Prune<P> of(String name, LocalDate date) {
        return new Prune<>(name, date, Phase.READS_DAY, Day.NEW, Optional.empty());
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        boolean silently = world.does(Lapse.DELETES_BEFORE_ANNOUNCING);
        return switch (phase) {
            case READS_DAY -> plan(world, choice, silently ? Phase.DELETES_BATCH : Phase.ANNOUNCES);
            case ANNOUNCES -> Optional.of(announce(world, silently ? Phase.DONE : Phase.DELETES_BATCH));
            case DELETES_BATCH -> Optional.of(deleteBatch(world));
            case DELETES_SPEED -> Optional.of(deleteSpeed(world, silently ? Phase.ANNOUNCES : Phase.DONE));
            case DONE -> Optional.empty();
        };
    }

    /** Retires every superseded generation or none, and those that were never published. */
    private Optional<Actor<P>> plan(World<P> world, Choice choice, Phase next) {
        Day day = world.day(date);
        if (world.does(Lapse.PRUNES_BY_AGE)) {
            DayEntry.Retired old = new DayEntry.Retired(List.of(), world.sped().seq());
            return Optional.of(new Prune<>(name, date, next, day, Optional.of(old)));
        }
        Set<String> found = world.batch.rows().stream()
                .filter(r -> r.day().equals(date))
                .map(Settled::generation)
                .collect(Collectors.toSet());
        boolean superseded = choice.of(2) == 1;
        return day.retire(g -> superseded, found).map(plan -> new Prune<>(name, date, next, day, Optional.of(plan)));
    }

    private Prune<P> announce(World<P> world, Phase next) {
        return world.append(date, known, plan.orElseThrow())
                ? in(next)
                : new Prune<>(name, date, Phase.READS_DAY, Day.NEW, Optional.empty());
    }

    private Prune<P> deleteBatch(World<P> world) {
        List<String> retired = plan.orElseThrow().generations();
        world.batch = world.batch.minus(r -> r.day().equals(date) && retired.contains(r.generation()));
        return in(Phase.DELETES_SPEED);
    }

    private Prune<P> deleteSpeed(World<P> world, Phase next) {
        long floor = plan.orElseThrow().floor();
        world.partials = world.partials.minus(r -> r.day().equals(date) && r.seq() <= floor);
        return in(next);
    }

    private Prune<P> in(Phase next) {
        return next == Phase.DONE
                ? new Prune<>(name, date, next, Day.NEW, Optional.empty())
                : new Prune<>(name, date, next, known, plan);
    }
}
