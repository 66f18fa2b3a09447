package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.spark.Statements;
import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Refuses every statement that changes something beyond the client's own session, in a server whose credentials could write to
 * the lake. It keeps honest clients from harm; whoever may connect by Spark Connect may run code as the server's user.
 */
public final class ReadOnlyExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        Statements.check(extensions, ReadOnlyExtensions::check);
        return BoxedUnit.UNIT;
    }

    /** Runs {@code statement}, which only the server itself may. */
    static void ours(Runnable statement) {
        OURS.set(true);
        try {
            statement.run();
        } finally {
            OURS.set(false);
        }
    }

    private static void check(String statement) {
        if (!OURS.get()) {
            throw new CannotException("Cannot run " + statement
                    + ": this server only reads (SELECT …, SHOW VIEWS, DESCRIBE <view>, CREATE TEMPORARY VIEW)");
        }
    }
}
