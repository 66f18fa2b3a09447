package dev.tideline.protocol.model;

import java.util.Optional;

/** A driver whose micro-batches nobody gets in between of, so that a scope can afford other processes in single steps. */
record AtOnce<P>(Driver<P> driver) implements Actor<P> {
    @Override
    public String name() {
        return driver.name();
    }

    /** Starts if it has to, writes, and records. */
    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        Optional<Actor<P>> running =
                driver.phase() == Driver.Phase.OFF ? driver.step(world, choice) : Optional.of(driver);
        Optional<Actor<P>> written = running.flatMap(actor -> actor.step(world, choice));
        return written.flatMap(actor -> actor.step(world, choice)).map(actor -> new AtOnce<>((Driver<P>) actor));
    }
}
