package dev.tideline.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The time by how long a process has run since it started: a machine's clock may be set a little while we run. Where the two differ
 * by minutes, the machine was suspended or its clock was wrong, and this one starts again.
 */
public final class RunClock {
    private static final Duration MOST = Duration.ofMinutes(2);

    private final Supplier<Instant> wall;
    private final LongSupplier nanos;
    private Instant start;
    private long began;

    RunClock(Supplier<Instant> wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        start();
    }

    /** One that starts now, by this machine's clocks. */
    public static RunClock system() {
        return new RunClock(Instant::now, System::nanoTime);
    }

    private void start() {
        start = wall.get();
        began = nanos.getAsLong();
    }

    public Instant now() {
        return start.plusNanos(nanos.getAsLong() - began);
    }

    /** Starts again where this time and the machine's are minutes apart; whether it did. */
    public boolean startedAgain() {
        boolean apart = Duration.between(now(), wall.get()).abs().compareTo(MOST) > 0;
        if (apart) {
            start();
        }
        return apart;
    }
}
