package dev.tideline.spark;

import dev.tideline.protocol.CannotException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.catalyst.analysis.UnresolvedExecuteImmediate;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.CompoundBody;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;

/** SQL statements that are no queries, by the names that Spark has for them ({@code InsertIntoStatement}). */
public final class Statements {
    private static final int MOST_TEXT = 1024 * 1024;

    private Statements() {}

    /**
     * Why no parser should see {@code sql}: what it makes of a text takes many times as much, and it makes every set of a cube
     * among grouping sets. Comments may stand between those words, and letters be any whose capitals are A to Z.
     */
    static Optional<String> problem(String sql) {
        if (sql.length() > MOST_TEXT) {
            return Optional.of("a statement of more than " + MOST_TEXT / 1024 + " KB");
        }
        String text = sql.toUpperCase(Locale.ROOT);
        int from = 0;
        for (String word : List.of("GROUPING", "SETS", "CUBE")) {
            from = text.indexOf(word, from);
            if (from < 0) {
                return Optional.empty();
            }
        }
        return Optional.of("CUBE among GROUPING SETS (several GROUP BY, in a UNION ALL)");
    }

    private static LogicalPlan parse(String sql) {
        problem(sql).ifPresent(problem -> {
            throw new CannotException("Cannot run " + problem);
        });
        return CatalystSqlParser$.MODULE$.parsePlan(sql);
    }

    /**
     * What {@code sql} is, when it is a statement that does more than show or describe something.
     *
     * @throws RuntimeException of Spark's, when it is no SQL
     */
    public static Optional<String> statement(String sql) {
        LogicalPlan plan = parse(sql);
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
        return parse(sql).nodeName().matches("Show(Views|Tables)");
    }
}
