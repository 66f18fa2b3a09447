package dev.tideline.decode.format;

import java.util.Locale;

/** Why a record was refused. */
public enum Reason {
    /** Empty, not JSON, not an object, or followed by more text. */
    NOT_JSON,
    /** A column that the schema calls NOT NULL is absent or null. */
    MISSING_FIELD,
    /** A value that is not of its column's type, a number out of range or not finite, a key that stands twice. */
    MISTYPED_FIELD,
    /** More bytes than {@code accept.size}. */
    OVERSIZED,
    /** Its time is more than {@code accept.late} before the record's Kafka timestamp. */
    TOO_LATE,
    /** Its time is more than {@code accept.future} after the record's Kafka timestamp. */
    FROM_FUTURE,
    /** Its Kafka timestamp is beyond what a timestamp of Spark holds, so that no time can be compared with it. */
    KAFKA_TIMESTAMP,
    /** It fails one of the feed's {@code require} conditions. */
    REQUIREMENT;

    /** As tables spell it: {@code not_json}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
