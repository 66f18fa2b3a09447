package dev.tideline.app.process;

import dev.tideline.app.output.Console;
import dev.tideline.protocol.Causes;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a command that runs until it is told to end has started. */
public final class RunningParts implements AutoCloseable {
    private final Console console;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean closed;

    public RunningParts(Console console) {
        this.console = console;
    }

    public synchronized <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Returns once {@link #close} was called. */
    public synchronized void await() throws InterruptedException {
        while (!closed) {
            wait();
        }
    }

    /** What was started last ends first. */
    @Override
    public synchronized void close() {
        if (!closed && !parts.isEmpty()) {
            console.say("stopping");
            Shutdown.quiet();
        }
        closed = true;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                console.say("while stopping: " + Causes.line(e));
            }
        }
        notifyAll();
    }
}
