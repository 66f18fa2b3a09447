package dev.tideline.decode.format;

/** A payload is not what its schema says. It has no stack trace: hostile input may cause millions. */
public final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;

    public final Reason reason;

    public Mismatch(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public static Mismatch expected(String type, String found) {
        String shown = found.length() > 60 ? found.substring(0, 60) + "…" : found;
        return new Mismatch(Reason.MISTYPED_FIELD, "expected " + type + ", found " + shown);
    }
}
