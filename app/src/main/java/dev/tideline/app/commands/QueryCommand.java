package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serving.Views;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code tideline query}. */
@CommandLine.Command(
        name = "query",
        description = "Asks the views, which count every accepted event once at every moment. Times are UTC.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline query \"SHOW VIEWS\"",
            "  tideline query \"SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1m",
            "      WHERE window_start >= now() - INTERVAL 15 MINUTES GROUP BY ad_id ORDER BY clicks DESC LIMIT 10\"",
            "  tideline query --format csv \"SELECT * FROM metrics_by_service_1h WHERE event_date = current_date\"",
            "Views: <rollup>_1m, <rollup>_1h and <feed>_events. The answer goes to standard output."
        })
public final class QueryCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "SQL", description = "A SELECT, SHOW or DESCRIBE.")
    private String sql;

    @Mixin
    private FormatOption format;

    @Override
    public Integer call() throws Exception {
        Config config = common.config(console.environment());
        requireQuery();
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            List<String> views = Views.register(session.spark(), config.lake());
            try {
                format.print(session.spark().sql(sql), console.out());
                return 0;
            } catch (Exception e) {
                throw refused(e, views);
            }
        }
    }

    /** Refused before anything is started. */
    private void requireQuery() {
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
    private static Exception refused(Exception e, List<String> views) {
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
