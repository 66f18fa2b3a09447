package dev.tideline.protocol;

/** A lake, table or view is known but nothing was written to it yet: asking again later may work. */
public final class NotYetWritten extends CannotException {
    private static final long serialVersionUID = 1L;

    public NotYetWritten(String message) {
        super(message);
    }
}
