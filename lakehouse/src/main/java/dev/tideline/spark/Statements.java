package dev.tideline.spark;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.analysis.LocalTempView$;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.execution.command.CreateViewCommand;
import scala.Function1;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** SQL statements that are no queries, by the names that Spark has for them ({@code InsertIntoStatement}). */
public final class Statements {
    /** What reads, or concerns the session alone. */
    private static final Pattern HARMLESS = Pattern.compile("(Show|Describe|Explain|Cache|Uncache|ClearCache|Refresh).*"
            + "|SetCommand|ResetCommand|SetCatalog.*|SetNamespace.*|SetVariable|CreateVariable|DropVariable"
            + "|DropTempViewCommand");

    private Statements() {}

    /**
     * What {@code sql} is, when it is a statement that does more than show or describe something.
     *
     * @throws RuntimeException of Spark's, when it is no SQL
     */
    public static Optional<String> statement(String sql) {
        LogicalPlan plan = CatalystSqlParser$.MODULE$.parsePlan(sql);
        boolean changes = plan.exists(node -> node instanceof Command || node instanceof ParsedStatement);
        return changes && !plan.nodeName().matches("(Show|Describe).*")
                ? Optional.of(plan.nodeName())
                : Optional.empty();
    }

    /** Whether {@code sql}, which can be parsed, lists views or tables. */
    public static boolean listsViews(String sql) {
        return CatalystSqlParser$.MODULE$.parsePlan(sql).nodeName().matches("Show(Views|Tables)");
    }

    /** Has {@code check} see each statement that would change something beyond the session that runs it, before it runs. */
    public static void check(SparkSessionExtensions extensions, Consumer<String> check) {
        extensions.injectCheckRule(new Checks(check));
    }

    private static final class Checks extends AbstractFunction1<SparkSession, Function1<LogicalPlan, BoxedUnit>> {
        private final Consumer<String> check;

        Checks(Consumer<String> check) {
            this.check = check;
        }

        @Override
        public Function1<LogicalPlan, BoxedUnit> apply(SparkSession session) {
            return new Check(check);
        }
    }

    private static final class Check extends AbstractFunction1<LogicalPlan, BoxedUnit> {
        private final Consumer<String> check;

        Check(Consumer<String> check) {
            this.check = check;
        }

        @Override
        public BoxedUnit apply(LogicalPlan plan) {
            boolean temporary = plan instanceof CreateViewCommand view && view.viewType() == LocalTempView$.MODULE$;
            if (plan instanceof Command
                    && !temporary
                    && !HARMLESS.matcher(plan.nodeName()).matches()) {
                check.accept(plan.nodeName());
            }
            return BoxedUnit.UNIT;
        }
    }
}
