package dev.tideline.protocol.model;

/** A law of docs/PROTOCOL.md does not hold; the message says which, and how. */
final class LawBroken extends RuntimeException {
    private static final long serialVersionUID = 1;

    LawBroken(String message) {
        super(message);
    }
}
