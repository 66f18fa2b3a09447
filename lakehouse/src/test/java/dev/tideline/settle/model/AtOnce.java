package dev.tideline.settle.model;

import java.util.Optional;

/** A driver whose micro-batches nobody gets in between of, so that a scope can afford other processes in single steps. */
record AtOnce<P>(Driver<P> driver) implements Actor<P> {
    @Override
    public String name() {
        return driver.name();
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        Driver<P> now = driver;
        do {
            Optional<Actor<P>> next = now.step(world, choice);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            now = (Driver<P>) next.get();
        } while (now.phase() == Driver.Phase.WRITTEN || now.last() == driver.last() && now.phase() != Driver.Phase.OFF);
        return Optional.of(new AtOnce<>(now));
    }
}
