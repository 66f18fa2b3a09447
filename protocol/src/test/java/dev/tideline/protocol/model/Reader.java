package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;

/** A query: resolves the days, pins the batch table, resolves progress, pins the speed table, and reads the days again. */
record Reader<P>(
        String name,
        Phase phase,
        Map<LocalDate, Day> days,
        Optional<Table<Settled<P>>> batch,
        Progress speed,
        Optional<Table<Row<P>>> partials)
        implements Actor<P> {
    enum Phase {
        READS_DAYS,
        PINS_BATCH,
        READS_PROGRESS,
        PINS_SPEED,
        READS_DAYS_AGAIN,
        DONE
    }

    static <P> Reader<P> of(String name) {
        return new Reader<>(name, Phase.READS_DAYS, Map.of(), Optional.empty(), Progress.NONE, Optional.empty());
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case READS_DAYS -> {
                boolean pin = world.does(Lapse.READER_PINS_BATCH_BEFORE_DAYS) && batch.isEmpty();
                yield Optional.of(pin ? pinBatch(world, Phase.READS_DAYS) : readDays(world));
            }
            case PINS_BATCH ->
                Optional.of(batch.isPresent() ? readProgress(world) : pinBatch(world, Phase.READS_PROGRESS));
            case READS_PROGRESS -> {
                boolean pin = world.does(Lapse.READER_PINS_SPEED_BEFORE_PROGRESS) && partials.isEmpty();
                yield Optional.of(pin ? pinSpeed(world, Phase.READS_PROGRESS) : readProgress(world));
            }
            case PINS_SPEED ->
                Optional.of(
                        partials.isPresent()
                                ? this.next(Phase.READS_DAYS_AGAIN)
                                : pinSpeed(world, Phase.READS_DAYS_AGAIN));
            case READS_DAYS_AGAIN -> Optional.of(answer(world));
            case DONE -> Optional.empty();
        };
    }

    private Reader<P> readDays(World<P> world) {
        return new Reader<>(name, Phase.PINS_BATCH, world.daysNow(), batch, speed, partials);
    }

    private Reader<P> pinBatch(World<P> world, Phase next) {
        return new Reader<>(name, next, days, Optional.of(world.batch), speed, partials);
    }

    private Reader<P> readProgress(World<P> world) {
        return new Reader<>(name, Phase.PINS_SPEED, days, batch, world.sped(), partials);
    }

    private Reader<P> pinSpeed(World<P> world, Phase next) {
        return new Reader<>(name, next, days, batch, speed, Optional.of(world.partials));
    }

    private Reader<P> next(Phase next) {
        return new Reader<>(name, next, days, batch, speed, partials);
    }

    private Reader<P> answer(World<P> world) {
        Resolution resolution = new Resolution(speed, days);
        if (!resolution.standsAfter(world.daysNow()) && !world.does(Lapse.READER_DOES_NOT_READ_DAYS_AGAIN)) {
            return of(name);
        }
        Laws.complete(world, resolution, batch.orElseThrow(), partials.orElseThrow(), name);
        return new Reader<>(name, Phase.DONE, Map.of(), Optional.empty(), Progress.NONE, Optional.empty());
    }
}
