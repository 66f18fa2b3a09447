package dev.tideline.protocol;

import java.util.stream.Stream;

/** What stands behind a failure. */
public final class Causes {
    private Causes() {}

    /** The failure and its causes, outermost first. */
    public static Stream<Throwable> of(Throwable failure) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause);
    }

    /** The innermost cause in a line. */
    public static String line(Throwable failure) {
        Throwable root = of(failure).reduce((outer, inner) -> inner).orElseThrow();
        String message =
                String.valueOf(root.getMessage()).lines().findFirst().orElse("").replaceFirst(" \\(Service: .*", "");
        return root.getClass().getSimpleName() + ": " + message;
    }
}
