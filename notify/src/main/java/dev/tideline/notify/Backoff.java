package dev.tideline.notify;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait between attempts: anything up to a limit that doubles from half a second to half a minute, so that many
 * who failed together do not come back together.
 *
 * @param random from 0 to 1
 */
record Backoff(DoubleSupplier random) {
    private static final long FIRST_MS = 500;
    private static final long LONGEST_MS = 30_000;

    /** The wait after {@code failures} failures in a row. */
    Duration after(int failures) {
        long limit = Math.min(LONGEST_MS, FIRST_MS << Math.min(failures - 1, 10));
        return Duration.ofMillis((long) (limit * random.getAsDouble()));
    }
}
