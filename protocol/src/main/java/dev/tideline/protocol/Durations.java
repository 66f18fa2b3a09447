package dev.tideline.protocol;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 5s}, {@code 10m}, {@code 1h}, {@code 7d}, {@code 1y} (365 days), {@code 100y} at most. */
public final class Durations {
    private static final Duration MOST = Duration.ofDays(100 * 365);
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d|y)");

    private Durations() {}

    /** Empty where {@code text} is none, or longer than 100 years: what is added to a time stays one. */
    public static Optional<Duration> parse(String text) {
        Matcher parts = TEXT.matcher(text.trim());
        if (!parts.matches()) {
            return Optional.empty();
        }
        long n = Long.parseLong(parts.group(1));
        Duration duration = switch (parts.group(2)) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            case "d" -> Duration.ofDays(n);
            default -> Duration.ofDays(365 * n);
        };
        return Optional.of(duration).filter(d -> d.compareTo(MOST) <= 0);
    }
}
