package dev.tideline.protocol.model;

import java.util.Optional;

/** A process that leaves nothing to chance: where it may choose how much to take, it takes all. */
record Whole<P>(Actor<P> actor) implements Actor<P> {
    @Override
    public String name() {
        return actor.name();
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return actor.step(world, options -> options - 1).map(Whole::new);
    }
}
