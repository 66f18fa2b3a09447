package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.SparkAnswer;
import dev.tideline.serving.Views;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
        Optional<String> served =
                RunningServer.of(config, console).flatMap(server -> server.query(sql, format.format()));
        if (served.isPresent()) {
            console.out().print(served.get());
            console.out().flush();
            return 0;
        }
        ReadOnlyQuery.require(sql);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            List<String> views = Views.register(session.spark(), config.lake());
            try {
                SparkAnswer.print(format.format(), ReadOnlyQuery.rows(session.spark(), sql), console.out());
                return 0;
            } catch (Exception e) {
                throw ReadOnlyQuery.refused(e, views);
            }
        }
    }
}
