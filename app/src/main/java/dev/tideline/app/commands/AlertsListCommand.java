package dev.tideline.app.commands;

import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.alerts.evaluate.AlertRecord;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.serving.Views;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts list}. */
@Command(
        name = "list",
        description = "What fires now, since when (in the data's own time, UTC) and with which value.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline alerts list --format json")
final class AlertsListCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Mixin
    private FormatOption format;

    @Override
    public Integer call() {
        Console console = alerts.console();
        Config config = common.config(console.environment());
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            AlertRecord last = last(session);
            console.say("evaluated "
                    + Duration.between(last.at(), Instant.now()).toSeconds() + " s ago at the latest recorded, by "
                    + last.driver());
            Views.register(session.spark(), config.lake());
            format.print(
                    session.spark()
                            .sql(
                                    "SELECT starts_at, `group`, alert, labels, value, provisional, annotations['summary'] AS"
                                            + " summary, key FROM alerts_active ORDER BY starts_at, alert, key"),
                    console.out());
        }
        return 0;
    }

    /**
     * The evaluator's last record.
     *
     * @throws NotYetWritten when there is none
     */
    static AlertRecord last(Session session) {
        return new AlertLedger(session.lake())
                .last()
                .orElseThrow(() -> new NotYetWritten("Cannot read alerts: no rule was ever evaluated on the lake "
                        + session.lake().root() + " (start tideline alerts run)"));
    }
}
