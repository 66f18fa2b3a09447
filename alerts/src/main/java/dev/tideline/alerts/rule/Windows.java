package dev.tideline.alerts.rule;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Windows of one length, each named by its start. */
public final class Windows {
    private Windows() {}

    /** Start of the window that holds {@code time}. */
    public static Instant holding(Instant time, Duration length) {
        return Instant.ofEpochMilli(Math.floorDiv(time.toEpochMilli(), length.toMillis()) * length.toMillis());
    }

    /** The windows that begin in [{@code from}, {@code to}), oldest first. */
    public static List<Instant> between(Instant from, Instant to, Duration length) {
        Instant first = holding(from, length);
        return Stream.iterate(
                        first.isBefore(from) ? first.plus(length) : first, w -> w.isBefore(to), w -> w.plus(length))
                .toList();
    }
}
