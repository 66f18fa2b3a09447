package dev.tideline.spark;

import java.util.Optional;
import org.apache.spark.sql.catalyst.analysis.UnresolvedExecuteImmediate;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.CompoundBody;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;

/** SQL statements that are no queries, by the names that Spark has for them ({@code InsertIntoStatement}). */
public final class Statements {
    private Statements() {}

    /**
     * What {@code sql} is, when it is a statement that does more than show or describe something.
     *
     * @throws RuntimeException of Spark's, when it is no SQL
     */
    public static Optional<String> statement(String sql) {
        LogicalPlan plan = CatalystSqlParser$.MODULE$.parsePlan(sql);
        boolean changes = plan.exists(node -> node instanceof Command
                || node instanceof ParsedStatement
                || node instanceof UnresolvedExecuteImmediate
                || node instanceof CompoundBody);
        return changes && !plan.nodeName().matches("(Show|Describe).*")
                ? Optional.of(plan.nodeName())
                : Optional.empty();
    }

    /** Whether {@code sql}, which can be parsed, lists views or tables. */
    public static boolean listsViews(String sql) {
        return CatalystSqlParser$.MODULE$.parsePlan(sql).nodeName().matches("Show(Views|Tables)");
    }
}
