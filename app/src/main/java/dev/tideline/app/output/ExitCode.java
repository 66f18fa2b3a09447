package dev.tideline.app.output;

/** What a command ends with; {@code tideline --help} lists them. */
public final class ExitCode {
    /** An error, or an answer that is not what it must be. */
    public static final int FAILED = 1;

    /** The command cannot be done as asked. */
    public static final int CANNOT = 2;

    /** Another run came first, and the answer is whole. */
    public static final int CAME_SECOND = 3;

    private ExitCode() {}
}
