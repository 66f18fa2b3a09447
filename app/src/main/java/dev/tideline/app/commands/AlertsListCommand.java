package dev.tideline.app.commands;

import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.alerts.evaluate.AlertRecord;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Ledgers;
import dev.tideline.app.output.Console;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.notify.Transition;
import dev.tideline.protocol.NotYetWritten;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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
    private static final List<String> COLUMNS =
            List.of("starts_at", "group", "alert", "labels", "value", "provisional", "summary", "key");

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
        AlertRecord last = last(Ledgers.existing(config));
        console.say("evaluated " + Duration.between(last.at(), Instant.now()).toSeconds()
                + " s ago at the latest recorded, by " + last.driver());
        List<List<Object>> rows = last.active().stream()
                .sorted(Comparator.comparing(Transition::startsAt)
                        .thenComparing(Transition::alert)
                        .thenComparing(Transition::key))
                .map(AlertsListCommand::row)
                .toList();
        format.format().print(COLUMNS, rows, console.out());
        return 0;
    }

    private static List<Object> row(Transition t) {
        return Arrays.asList(
                t.startsAt(),
                t.group(),
                t.alert(),
                t.labels(),
                t.value().orElse(null),
                t.provisional(),
                t.annotations().get("summary"),
                t.key());
    }

    /**
     * The evaluator's last record.
     *
     * @throws NotYetWritten when there is none
     */
    static AlertRecord last(LakeLedgers ledgers) {
        return new AlertLedger(ledgers)
                .last()
                .orElseThrow(() -> new NotYetWritten("Cannot read alerts: no rule was ever evaluated on the lake "
                        + ledgers.root() + " (start tideline alerts run)"));
    }
}
