package dev.tideline.ledger;

import java.util.Locale;

/** The two streams of a feed, which never wait for each other. */
public enum Stream {
    /** Every record into {@code raw} or {@code rejected}. */
    ARCHIVE,
    /** Partial aggregates within seconds. */
    SPEED;

    /** The feed's other stream. */
    public Stream other() {
        return this == ARCHIVE ? SPEED : ARCHIVE;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
