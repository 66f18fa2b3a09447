package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.analysis.LocalTempView$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.command.CreateViewCommand;
import scala.Function1;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Refuses every statement that changes something beyond the client's own session, in a server whose credentials could write to
 * the lake. It keeps honest clients from harm; whoever may connect by Spark Connect may run code as the server's user.
 */
public final class ReadOnlyExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    /** What reads, or concerns the session alone. */
    private static final Pattern HARMLESS = Pattern.compile("(Show|Describe|Explain|Cache|Uncache|ClearCache|Refresh).*"
            + "|SetCommand|ResetCommand|SetCatalog.*|SetNamespace.*|SetVariable|CreateVariable|DropVariable"
            + "|DropTempViewCommand");

    private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectCheckRule(new Checks());
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

    private static void check(LogicalPlan plan) {
        if (OURS.get() || !(plan instanceof Command)) {
            return;
        }
        boolean temporary = plan instanceof CreateViewCommand view && view.viewType() == LocalTempView$.MODULE$;
        if (!temporary && !HARMLESS.matcher(plan.nodeName()).matches()) {
            throw new CannotException("Cannot run " + plan.nodeName()
                    + ": this server only reads (SELECT …, SHOW VIEWS, DESCRIBE <view>, CREATE TEMPORARY VIEW)");
        }
    }

    private static final class Checks extends AbstractFunction1<SparkSession, Function1<LogicalPlan, BoxedUnit>> {
        @Override
        public Function1<LogicalPlan, BoxedUnit> apply(SparkSession session) {
            return new Check();
        }
    }

    private static final class Check extends AbstractFunction1<LogicalPlan, BoxedUnit> {
        @Override
        public BoxedUnit apply(LogicalPlan plan) {
            check(plan);
            return BoxedUnit.UNIT;
        }
    }
}
