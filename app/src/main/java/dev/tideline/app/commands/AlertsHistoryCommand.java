package dev.tideline.app.commands;

import dev.tideline.alerts.evaluate.AlertHistory;
import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Ledgers;
import dev.tideline.app.output.Console;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.notify.Transition;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
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
    private static final List<String> COLUMNS = List.of(
            "at",
            "kind",
            "group",
            "alert",
            "labels",
            "value",
            "starts_at",
            "ends_at",
            "completeness",
            "provisional",
            "restated",
            "key");

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
        LakeLedgers ledgers = Ledgers.existing(config);
        AlertsListCommand.last(ledgers);
        List<List<Object>> rows = AlertHistory.of(new AlertLedger(ledgers).all()).stream()
                .filter(event -> event.isIn(period.from(), period.to()))
                .filter(event -> alert == null || event.transition().alert().equals(alert))
                .map(AlertsHistoryCommand::row)
                .toList();
        format.format().print(COLUMNS, rows, console.out());
        return 0;
    }

    private static List<Object> row(AlertHistory.Event event) {
        Transition t = event.transition();
        return Arrays.asList(
                t.at(),
                event.kind(),
                t.group(),
                t.alert(),
                t.labels(),
                t.value().orElse(null),
                t.startsAt(),
                t.endsAt().orElse(null),
                t.completeness(),
                t.provisional(),
                event.restated().orElse(null),
                t.key());
    }
}
