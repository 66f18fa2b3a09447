package dev.tideline.protocol.model;

/** What a process leaves to chance: an explorer tries all, a random history one. */
@FunctionalInterface
interface Choice {
    /** A number from 0 to {@code options - 1}. */
    int of(int options);
}
