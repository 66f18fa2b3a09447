package dev.tideline.notify;

/** Where a transition goes that nobody takes, so that those behind it do not wait for ever. */
interface DeadLetters {
    /**
     * Keeps it; once this returns, it is done with.
     *
     * @param reason who refused it, and why
     */
    void add(Transition transition, String reason);
}
