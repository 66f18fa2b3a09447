package dev.tideline.batch;

/** A generation is not what its input says; it was not published, and what was published before stands. */
public final class AuditFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AuditFailedException(String message) {
        super("Cannot publish: the audit failed, " + message + " (nothing changed for readers)");
    }
}
