package dev.tideline.decode;

/** A payload is not what its schema says. Without a stack trace: hostile input may cause millions. */
final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;

    final Reason reason;

    Mismatch(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    static Mismatch expected(String type, String found) {
        String shown = found.length() > 60 ? found.substring(0, 60) + "…" : found;
        return new Mismatch(Reason.MISTYPED_FIELD, "expected " + type + ", found " + shown);
    }
}
