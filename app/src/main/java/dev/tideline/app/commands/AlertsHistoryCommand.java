package dev.tideline.app.commands;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.serving.Views;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts history}. */
@Command(
        name = "history",
        description =
                "When alerts began to fire and were resolved, and what a recompute of their day says of them: restated is"
                        + " would_not_have_fired, and kind missed is an alert that nobody was told of. Times are UTC.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline alerts history --from 2d",
            "  tideline alerts history --from 2026-11-20 --alert HostCpuHigh"
        })
final class AlertsHistoryCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            defaultValue = "1d",
            description = "Began or ended since (default: 1d): " + Period.TIME)
    private String from;

    @Option(names = "--to", paramLabel = "TIME", defaultValue = "now", description = "Until (default: now).")
    private String to;

    @Option(names = "--alert", paramLabel = "NAME", description = "Only this alert (default: all).")
    private String alert;

    @Mixin
    private FormatOption format;

    @Override
    public Integer call() {
        Console console = alerts.console();
        Config config = common.config(console.environment());
        Period period = Period.of(from, to, Instant.now());
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            AlertsListCommand.last(session);
            Views.register(session.spark(), config.lake());
            Dataset<Row> rows = session.spark()
                    .sql(
                            "SELECT at, kind, `group`, alert, labels, value, starts_at, ends_at, completeness, provisional,"
                                    + " restated, key FROM alerts_history")
                    .where(coalesce(col("ends_at"), col("starts_at")).geq(Timestamp.from(period.from())))
                    .where(col("starts_at").lt(Timestamp.from(period.to())));
            format.print(
                    (alert == null ? rows : rows.where(col("alert").equalTo(alert))).orderBy("at", "starts_at", "key"),
                    console.out());
        }
        return 0;
    }
}
