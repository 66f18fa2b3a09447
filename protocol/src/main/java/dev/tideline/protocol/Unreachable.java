package dev.tideline.protocol;

import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;

/** Kafka or the store does not answer: the same request may work in a moment. */
public final class Unreachable extends CannotException {
    private static final long serialVersionUID = 1L;

    public Unreachable(String message) {
        super(message);
    }

    public Unreachable(String message, Throwable cause) {
        super(message, cause);
    }

    /** The refusal inside {@code failure} that says so, or one about {@code what} for a failed network connection. */
    public static Optional<Unreachable> in(Throwable failure, String what) {
        return Causes.of(failure)
                .filter(Unreachable::isOne)
                .findFirst()
                .map(cause -> cause instanceof Unreachable known
                        ? known
                        : new Unreachable(
                                "Cannot reach " + what + ": " + Causes.line(cause) + " (try again in a moment)",
                                failure));
    }

    private static boolean isOne(Throwable cause) {
        return cause instanceof Unreachable
                || cause instanceof SocketException
                || cause instanceof SocketTimeoutException
                || cause instanceof UnknownHostException;
    }
}
