package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** An operator who sends readers of one day back to an older generation, and may release the day later. */
record Rollback<P>(String name, LocalDate date, Phase phase, Day known, String target) implements Actor<P> {
    enum Phase {
        READS_DAY,
        ROLLS_BACK,
        READS_HELD_DAY,
        RELEASES,
        DONE
    }

    static <P> Rollback<P> of(String name, LocalDate date) {
        return new Rollback<>(name, date, Phase.READS_DAY, Day.NEW, "");
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        Day day = world.day(date);
        return switch (phase) {
            case READS_DAY -> choose(world, day, choice);
            case ROLLS_BACK ->
                Optional.of(in(
                        world.append(date, known, new DayEntry.RolledBack(target))
                                ? Phase.READS_HELD_DAY
                                : Phase.READS_DAY,
                        Day.NEW));
            case READS_HELD_DAY -> Optional.of(in(day.held() ? Phase.RELEASES : Phase.DONE, day));
            case RELEASES ->
                Optional.of(in(
                        world.append(date, known, new DayEntry.Released()) ? Phase.DONE : Phase.READS_HELD_DAY,
                        Day.NEW));
            case DONE -> Optional.empty();
        };
    }

    /** Any generation that the operator can have seen, if the day lets readers return to it. */
    private Optional<Actor<P>> choose(World<P> world, Day day, Choice choice) {
        Set<String> named = new TreeSet<>(day.kept().keySet());
        named.addAll(day.retired());
        world.batch.rows().stream().filter(r -> r.day().equals(date)).forEach(r -> named.add(r.generation()));
        List<String> targets =
                named.stream().filter(g -> mayReturn(world, day, g)).toList();
        return targets.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Rollback<>(name, date, Phase.ROLLS_BACK, day, targets.get(choice.of(targets.size()))));
    }

    private static boolean mayReturn(World<?> world, Day day, String generation) {
        if (world.does(Lapse.ROLLS_BACK_TO_WHAT_WAS_RETIRED) && day.retired().contains(generation)) {
            return true;
        }
        long floor = world.does(Lapse.ROLLS_BACK_BELOW_THE_FLOOR) ? 0 : day.floor();
        return new Day(
                        day.entries(),
                        day.current(),
                        day.kept(),
                        day.retired(),
                        day.foldedTo(),
                        day.folds(),
                        day.intents(),
                        floor,
                        day.held(),
                        day.sealed(),
                        day.unsafe())
                .refusesRollback(generation)
                .isEmpty();
    }

    private Rollback<P> in(Phase next, Day day) {
        return new Rollback<>(name, date, next, next == Phase.DONE ? Day.NEW : day, "");
    }
}
