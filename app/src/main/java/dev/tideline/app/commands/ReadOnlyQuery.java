package dev.tideline.app.commands;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.util.List;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;

/** What {@code query} takes as a query; apart from its command, so that no other command loads Spark's parser. */
final class ReadOnlyQuery {
    private ReadOnlyQuery() {}

    /** Refused before anything is started. */
    static void require(String sql) {
        LogicalPlan plan;
        try {
            plan = CatalystSqlParser$.MODULE$.parsePlan(sql);
        } catch (Exception e) {
            throw new CannotException("Cannot read the query: " + firstLine(e), e);
        }
        boolean changes = plan.exists(node -> node instanceof Command || node instanceof ParsedStatement);
        if (changes && !plan.nodeName().matches("(Show|Describe).*")) {
            throw new CannotException(
                    "Cannot run " + plan.nodeName() + ": query only reads (SELECT …, SHOW VIEWS, DESCRIBE <view>)");
        }
    }

    /** Spark's word on somebody's SQL in one line; anything else as it is. */
    static Exception refused(Exception e, List<String> views) {
        if (Causes.of(e).anyMatch(CannotException.class::isInstance)) {
            return e;
        }
        if (e instanceof SparkThrowable sql
                && sql.getSqlState() != null
                && !sql.getSqlState().startsWith("XX")) {
            String message = firstLine(e);
            String known = message.startsWith("[TABLE_OR_VIEW_NOT_FOUND]")
                    ? " (there are " + String.join(", ", views) + ")"
                    : "";
            return new CannotException("Cannot run the query: " + message + known, e);
        }
        return e;
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
