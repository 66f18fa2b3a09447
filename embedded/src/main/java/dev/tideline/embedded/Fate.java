package dev.tideline.embedded;

import java.util.Locale;

/** What the clicks feed must do with a record that the generator made: take it, or refuse it and why. */
public enum Fate {
    ACCEPTED,
    /** Empty, cut off, text or bytes that are no JSON. */
    NOT_JSON,
    /** No {@code event_id}, {@code ad_id} or {@code clicked_at}, or null instead. */
    MISSING_FIELD,
    /** A text where a number, a truth value or a time belongs. */
    MISTYPED_FIELD,
    /** {@code cost_micros} below zero, which the feed's {@code require} refuses. */
    NEGATIVE_COST,
    /** Happened more than 7 days before its Kafka timestamp. */
    TOO_LATE,
    /** Happened more than an hour after its Kafka timestamp. */
    FROM_FUTURE,
    /** Something after the number, or after the JSON object. */
    TRAILING_GARBAGE,
    /** No payload at all: a Kafka tombstone. */
    NULL_PAYLOAD,
    /** Well-formed, but larger than 256 KiB. */
    OVERSIZED;

    boolean isRejected() {
        return this != ACCEPTED;
    }

    /** As in files: {@code not_json}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Fate parse(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }
}
