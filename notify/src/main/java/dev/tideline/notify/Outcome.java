package dev.tideline.notify;

import java.time.Duration;
import java.util.Optional;

/** What came of one attempt. Reasons are for the log: they hold neither secrets nor bodies. */
sealed interface Outcome {
    /**
     * Somebody has it.
     *
     * @param but who has not, where a server refused some of the recipients; else empty
     */
    record Delivered(String but) implements Outcome {}

    /** The same request would be refused again. */
    record Refused(String reason) implements Outcome {}

    /**
     * It may work later.
     *
     * @param retryAfter how long the server asks to be left alone
     */
    record Failed(String reason, Optional<Duration> retryAfter) implements Outcome {}

    static Outcome delivered() {
        return new Delivered("");
    }

    static Outcome failed(String reason) {
        return new Failed(reason, Optional.empty());
    }
}
