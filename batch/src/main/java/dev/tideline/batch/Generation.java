package dev.tideline.batch;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.UUID;

/** Names of generations: when the recompute began (UTC) and something unique, {@code 20261121T031500Z-1f2e3d4c}. */
final class Generation {
    private static final DateTimeFormatter BEGAN =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private Generation() {}

    static String at(Instant began) {
        return BEGAN.format(began) + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** When the recompute of this generation began; empty for a name that is not ours. */
    static Optional<Instant> began(String generation) {
        try {
            return Optional.of(Instant.from(BEGAN.parse(generation.replaceFirst("-.*", ""))));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
