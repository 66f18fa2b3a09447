package dev.tideline.app;

import dev.tideline.Causes;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a command that runs until it is told to end has started. */
final class RunningParts implements AutoCloseable {
    private final Tideline tideline;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean closed;

    RunningParts(Tideline tideline) {
        this.tideline = tideline;
    }

    synchronized <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Returns once {@link #close} was called. */
    synchronized void await() throws InterruptedException {
        while (!closed) {
            wait();
        }
    }

    /** What was started last ends first. */
    @Override
    public synchronized void close() {
        if (!closed && !parts.isEmpty()) {
            tideline.say("stopping");
            Shutdown.quiet();
        }
        closed = true;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                tideline.say("while stopping: " + Causes.line(e));
            }
        }
        notifyAll();
    }
}
