package dev.tideline.app.output;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Unreachable;

/** What a command ends with; {@code tideline --help} lists them. */
public final class ExitCode {
    /** An error, or an answer that is not what it must be. */
    public static final int FAILED = 1;

    /** The command cannot be done as asked. */
    public static final int CANNOT = 2;

    /** Another run came first, and the answer is whole. */
    public static final int CAME_SECOND = 3;

    /** Kafka or the lake's store did not answer for as long as the command waits: the same command may work later. */
    public static final int UNREACHABLE = 4;

    private ExitCode() {}

    /** What a command that was refused so ends with. */
    public static int of(CannotException refusal) {
        if (refusal instanceof LostRace) {
            return CAME_SECOND;
        }
        return refusal instanceof Unreachable ? UNREACHABLE : CANNOT;
    }
}
