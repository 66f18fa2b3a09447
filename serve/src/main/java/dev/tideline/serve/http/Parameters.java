package dev.tideline.serve.http;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a request asks for: its path's and its query's values by name. Every reader throws with a line that says what would work. */
final class Parameters {
    private static final int LONGEST = 1000;

    private final Map<String, String> path;
    private final Map<String, Deque<String>> query;

    /**
     * @param known the names that the query may have
     * @throws CannotException when it has others, or a value that is too long
     */
    Parameters(Map<String, String> path, Map<String, Deque<String>> query, Set<String> known) {
        this.path = path;
        this.query = query;
        query.forEach((name, values) -> {
            if (!known.contains(name)) {
                throw new CannotException("Cannot read the parameter " + name + ": there is no such one ("
                        + String.join(", ", new TreeSet<>(known)) + ")");
            }
            if (values.stream().anyMatch(value -> value.length() > LONGEST)) {
                throw new CannotException("Cannot read the parameter " + name + ": it is longer than " + LONGEST);
            }
        });
    }

    String path(String name) {
        return path.get(name);
    }

    /** A value that may stand once. */
    Optional<String> text(String name) {
        Deque<String> values = query.get(name);
        if (values == null || values.getFirst().isBlank()) {
            return Optional.empty();
        }
        if (values.size() > 1) {
            throw new CannotException("Cannot read the parameter " + name + ": it stands twice");
        }
        return Optional.of(values.getFirst().trim());
    }

    /** A time: ISO-8601 with a zone, or milliseconds since 1970. */
    Optional<Instant> time(String name) {
        return text(name).map(value -> {
            try {
                return value.matches("\\d{10,14}") ? Instant.ofEpochMilli(Long.parseLong(value)) : Instant.parse(value);
            } catch (DateTimeParseException e) {
                throw wrong(name, value, "a time such as 2026-11-20T12:00:00Z, or milliseconds since 1970", e);
            }
        });
    }

    /** A duration such as {@code 10m}. */
    Optional<Duration> duration(String name) {
        return text(name)
                .map(value -> Durations.parse(value)
                        .filter(duration -> !duration.isZero())
                        .orElseThrow(() -> wrong(name, value, "a duration such as 1m, 10m, 1h, 7d", null)));
    }

    /** A whole number from 1 to {@code most}. */
    int count(String name, int otherwise, int most) {
        return text(name)
                .map(value -> {
                    if (!value.matches("\\d{1,9}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > most) {
                        throw wrong(name, value, "a whole number from 1 to " + most, null);
                    }
                    return Integer.parseInt(value);
                })
                .orElse(otherwise);
    }

    /** Names, comma-separated. */
    List<String> names(String name) {
        return text(name)
                .map(value -> Arrays.stream(value.split(","))
                        .map(String::trim)
                        .filter(part -> !part.isEmpty())
                        .distinct()
                        .toList())
                .orElse(List.of());
    }

    /** {@code name:value}, any number of times: what the rows must equal. */
    Map<String, String> filter() {
        Map<String, String> filter = new LinkedHashMap<>();
        for (String value : query.getOrDefault("filter", new ArrayDeque<>())) {
            int colon = value.indexOf(':');
            if (colon < 1) {
                throw wrong("filter", value, "name:value, such as country:DE; once for each name", null);
            }
            if (filter.put(value.substring(0, colon), value.substring(colon + 1)) != null) {
                throw wrong("filter", value, "each name once: no row has two values of it", null);
            }
        }
        return filter;
    }

    private static CannotException wrong(String name, String value, String works, Exception cause) {
        return new CannotException("Cannot read " + name + "=" + shown(value) + ": it takes " + works, cause);
    }

    /** Whatever somebody sent, on one line. */
    static String shown(String value) {
        String printable = value.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= 60 ? printable : printable.substring(0, 60) + "…";
    }
}
