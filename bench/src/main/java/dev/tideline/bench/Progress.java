package dev.tideline.bench;

/** What is going on, for the person who waits. */
interface Progress {
    void say(String line);
}
