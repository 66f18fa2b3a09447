package dev.tideline.feed;

import java.time.Duration;

/**
 * How long raw rows, minutes and hours are kept, by event date. Raw rows of a day leave only after that day is sealed.
 */
public record Retention(Duration raw, Duration minutes, Duration hours) {
    public static final Retention DEFAULT =
            new Retention(Duration.ofDays(7), Duration.ofDays(30), Duration.ofDays(365));
}
