package dev.tideline.app.commands;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.spark.Statements;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What {@code query} takes as a query; apart from its command, so that no other command loads Spark's parser. */
final class ReadOnlyQuery {
    private ReadOnlyQuery() {}

    /** Refused before anything is started. */
    static void require(String sql) {
        Optional<String> statement;
        try {
            statement = Statements.statement(sql);
        } catch (Exception e) {
            throw new CannotException("Cannot read the query: " + firstLine(e), e);
        }
        if (statement.isPresent()) {
            throw new CannotException(
                    "Cannot run " + statement.get() + ": query only reads (SELECT …, SHOW VIEWS, DESCRIBE <view>)");
        }
    }

    /** The answer to {@code sql}. A list of views has those of {@code session} alone, not those of a server's catalog. */
    static Dataset<Row> rows(SparkSession session, String sql) {
        Dataset<Row> rows = session.sql(sql);
        return Statements.listsViews(sql) ? rows.where("isTemporary") : rows;
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
