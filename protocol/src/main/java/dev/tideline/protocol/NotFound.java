package dev.tideline.protocol;

/** What was asked for by name does not exist: asking again gives the same answer until somebody declares it. */
public final class NotFound extends CannotException {
    private static final long serialVersionUID = 1L;

    public NotFound(String message) {
        super(message);
    }
}
