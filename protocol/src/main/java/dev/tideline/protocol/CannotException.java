package dev.tideline.protocol;

import java.util.List;

/**
 * Something a person asked for cannot be done, and nothing was changed. Its message is for that person: what cannot be done,
 * why, the value, and what would work. A subtype for each decision that a caller can make: {@link LostRace}, {@link NotFound},
 * {@link NotYetWritten}, {@link Unreachable}.
 */
public class CannotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CannotException(String message) {
        super(message);
    }

    public CannotException(String message, Throwable cause) {
        super(message, cause);
    }

    /** All problems of one thing, a line each, under one heading. */
    public static CannotException of(String heading, List<String> problems) {
        return new CannotException(heading + "\n  " + String.join("\n  ", problems));
    }
}
