package dev.tideline.protocol.model;

import dev.tideline.protocol.Progress;
import java.util.Optional;

/** Deletes the rows that were never recorded, up to the last record of each stream as it was read. */
record CleanUp<P>(String name, Phase phase, Progress archive, Progress speed) implements Actor<P> {
    enum Phase {
        READS,
        DELETES,
        DONE
    }

    static <P> CleanUp<P> of(String name) {
        return new CleanUp<>(name, Phase.READS, Progress.NONE, Progress.NONE);
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case READS -> Optional.of(new CleanUp<>(name, Phase.DELETES, world.archived(), world.sped()));
            case DELETES -> Optional.of(delete(world));
            case DONE -> Optional.empty();
        };
    }

    private CleanUp<P> delete(World<P> world) {
        world.raw = world.raw.minus(r -> isOrphan(r, archive));
        world.partials = world.partials.minus(r -> isOrphan(r, speed));
        return new CleanUp<>(name, Phase.DONE, Progress.NONE, Progress.NONE);
    }

    private static boolean isOrphan(Row<?> row, Progress last) {
        return row.seq() <= last.seq() && !last.owners().owns(row.run(), row.seq());
    }
}
