package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import java.time.LocalDate;
import java.util.Optional;

/** The end of a day's raw rows: the entry, and then those below its horizon are dropped. */
record Seal<P>(String name, LocalDate date, Phase phase, Day known) implements Actor<P> {
    enum Phase {
        READS_DAY,
        SEALS,
        DROPS,
        DONE
    }

    static <P> Seal<P> of(String name, LocalDate date) {
        return new Seal<>(name, date, Phase.READS_DAY, Day.NEW);
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        boolean silently = world.does(Lapse.DROPS_RAW_BEFORE_SEALING);
        Day day = world.day(date);
        return switch (phase) {
            case READS_DAY ->
                day.refusesSeal().isPresent()
                        ? Optional.empty()
                        : Optional.of(new Seal<>(name, date, silently ? Phase.DROPS : Phase.SEALS, day));
            case SEALS ->
                Optional.of(
                        world.append(date, known, new DayEntry.Sealed())
                                ? new Seal<>(
                                        name, date, silently ? Phase.DONE : Phase.DROPS, silently ? Day.NEW : known)
                                : new Seal<>(name, date, Phase.READS_DAY, Day.NEW));
            case DROPS -> Optional.of(drop(world, silently));
            case DONE -> Optional.empty();
        };
    }

    private Seal<P> drop(World<P> world, boolean silently) {
        Cut below = known.horizon().flatMap(Horizon::cut).orElseThrow();
        boolean all = world.does(Lapse.DROPS_RAW_BEYOND_THE_HORIZON);
        world.raw =
                world.raw.minus(r -> r.day().equals(date) && (all || r.part().isBelow(below)));
        return silently ? new Seal<>(name, date, Phase.SEALS, known) : new Seal<>(name, date, Phase.DONE, Day.NEW);
    }
}
