package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.spark.ReadOnlyRules;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Refuses whatever does more than read the lake's views, in a server whose credentials could write to the lake: statements,
 * settings, files, a client's code.
 */
final class ReadOnlyExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

    private final ReadOnlyRules rules;

    ReadOnlyExtensions(String root) {
        rules = new ReadOnlyRules(root, ClientSettings::mayBeSet, ReadOnlyExtensions::refuse);
    }

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        rules.inject(extensions);
        return BoxedUnit.UNIT;
    }

    /** Settings that {@code session} has not now are a client's. */
    void settle(SparkSession session) {
        rules.settle(session);
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

    private static void refuse(String what) {
        if (!OURS.get()) {
            throw new CannotException(
                    "Cannot run " + what
                            + ": this server only reads its views (SELECT …, SHOW VIEWS, DESCRIBE <view>, CREATE TEMPORARY VIEW)");
        }
    }
}
