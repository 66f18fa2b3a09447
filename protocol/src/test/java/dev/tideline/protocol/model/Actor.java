package dev.tideline.protocol.model;

import java.util.Optional;

/** A process as a state machine: an immutable state, and steps that each touch one ledger or table. It may stop anywhere. */
interface Actor<P> {
    String name();

    /** Takes one step in {@code world} and returns what has become of this process; empty when there is nothing to do. */
    Optional<Actor<P>> step(World<P> world, Choice choice);
}
