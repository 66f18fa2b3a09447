package dev.tideline.app.commands;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/**
 * A time that a person names.
 *
 * @param from inclusive (UTC)
 * @param to exclusive (UTC)
 */
record Period(Instant from, Instant to) {
    /** How {@link #of} takes times, for the description of an option. */
    static final String TIME = "2026-11-20, 2026-11-20T15:04:05Z, or how long ago: 30m, 6h, 2d";

    /**
     * The period between two times.
     *
     * @throws CannotException when one is no time, or the second is not after the first
     */
    static Period of(String from, String to, Instant now) {
        Period period = new Period(time("--from", from, now), time("--to", to, now));
        if (!period.from.isBefore(period.to)) {
            throw new CannotException("Cannot use --from " + from + " --to " + to + ": nothing is between them");
        }
        return period;
    }

    private static Instant time(String option, String text, Instant now) {
        if (text.equals("now")) {
            return now;
        }
        try {
            if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
                return LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
            }
            return Durations.parse(text).map(now::minus).orElseGet(() -> Instant.parse(text));
        } catch (DateTimeParseException e) {
            throw new CannotException("Cannot use " + option + " " + text + ": it is no time (" + TIME + ")", e);
        }
    }
}
