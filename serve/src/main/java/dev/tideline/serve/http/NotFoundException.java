package dev.tideline.serve.http;

/** What was asked for is not in this lake: 404, where anything else that cannot be answered is 400. */
final class NotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotFoundException(String message) {
        super(message);
    }
}
