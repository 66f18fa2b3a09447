package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.FeedFiles;
import dev.tideline.app.config.Ledgers;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.Cost;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.TextTable;
import dev.tideline.operations.Topics;
import dev.tideline.serve.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline status}. */
@Command(
        name = "status",
        description = "How each feed is doing: drivers, lag, freshness, coverage, gaps, published and dirty days.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline status --feed clicks",
            "  tideline status --format json        one object a feed, a line each",
            "  tideline status --since 2025-01-01   with the sealed days from then on"
        })
public final class StatusCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", description = "Which feed (default: all). Repeatable.")
    private List<String> feeds = new ArrayList<>();

    @Option(
            names = "--since",
            paramLabel = "DATE",
            description = "Sealed days from this one on (UTC; default: of the last 60 days). Days that are"
                    + " not sealed are always listed.")
    private Optional<LocalDate> since = Optional.empty();

    @Mixin
    private ReportOption report;

    @Override
    public Integer call() throws IOException {
        Config config = common.config(console.environment());
        List<FeedDeclaration> declared = FeedFiles.of(config.feeds()).named(feeds);
        Optional<List<FeedHealth>> served = since.isPresent()
                ? Optional.empty()
                : RunningServer.of(config, console).flatMap(RunningServer::status);
        for (FeedHealth health :
                served.flatMap(all -> named(config, declared, all)).orElseGet(() -> read(config, declared))) {
            if (report.isJson()) {
                console.out().println(Json.of(health));
            } else {
                print(health, console.out());
            }
        }
        if (!report.isJson()) {
            Cost.read(common.folder(console.environment()).resolve(Cost.FILE), Instant.now())
                    .ifPresent(cost -> console.out().println("cost: " + cost));
        }
        return 0;
    }

    /**
     * Those of {@code declared}. Empty where the server does not know one of them, or not by this topic, since no stream has
     * declared it so yet; and where it has no Kafka to ask, which this command has.
     */
    private static Optional<List<FeedHealth>> named(
            Config config, List<FeedDeclaration> declared, List<FeedHealth> served) {
        List<FeedHealth> wanted = declared.stream()
                .flatMap(feed -> served.stream()
                        .filter(health -> health.feed().equals(feed.name())
                                && health.topic().equals(feed.topic())
                                && (health.kafka().isEmpty() || config.kafka().isEmpty())))
                .toList();
        return wanted.size() == declared.size() ? Optional.of(wanted) : Optional.empty();
    }

    private List<FeedHealth> read(Config config, List<FeedDeclaration> declared) {
        try (Topics topics = new Topics(config.kafka())) {
            topics.connect(); // while the lake is asked whether it is there
            LakeLedgers ledgers = Ledgers.existing(config);
            LocalDate today = LocalDate.now(ZoneOffset.UTC);
            return FeedHealth.of(
                    ledgers,
                    declared,
                    topics,
                    Instant.now(),
                    today,
                    since.orElse(today.minusDays(FeedHealth.RECENT_DAYS)));
        }
    }

    private static void print(FeedHealth health, PrintWriter out) {
        out.println(health.feed() + " (topic " + health.topic() + ")");
        health.kafka().ifPresent(why -> out.println("lag unknown: " + why));
        new TextTable(
                        List.of(
                                "stream",
                                "seq",
                                "recorded",
                                "ago s",
                                "lag",
                                "accepted",
                                "rejected",
                                "duplicate",
                                "driver"),
                        health.streams().stream().map(StatusCommand::row).toList())
                .print(out);
        health.streams()
                .forEach(stream -> stream.breaks().forEach(broken -> out.println(stream.stream() + ": " + broken)));
        health.policies().ifPresent(out::println);
        FeedHealth.Coverage coverage = health.coverage();
        out.println("coverage: " + text(coverage));
        out.println("dirty days: "
                + (health.dirty().isEmpty()
                        ? "none"
                        : health.dirty().stream().map(LocalDate::toString).collect(Collectors.joining(", "))));
        if (health.older().sealed() > 0) {
            out.println("older: %d days, %s to %s, are sealed (--since lists them)"
                    .formatted(
                            health.older().sealed(),
                            health.older().first().orElseThrow(),
                            health.older().last().orElseThrow()));
        }
        if (!health.days().isEmpty()) {
            new TextTable(
                            List.of("day", "generation", "horizon", "events", "duplicate", "folded to", "remarks"),
                            health.days().stream().map(StatusCommand::row).toList())
                    .print(out);
        }
        out.println();
    }

    private static String text(FeedHealth.Coverage coverage) {
        if (coverage.speedSeq() == 0) {
            return "the speed layer has recorded nothing yet";
        }
        if (coverage.seq() == 0) {
            return "the archive covers no speed cut yet: nothing can be recomputed or folded";
        }
        return "the archive covers speed cuts up to seq " + coverage.seq()
                + (coverage.behind() == 0 ? ", the last one" : ", " + coverage.behind() + " micro-batches behind");
    }

    private static List<String> row(FeedHealth.StreamHealth s) {
        return List.of(
                s.stream(),
                Long.toString(s.seq()),
                s.recordedAt()
                        .map(at -> at.toString().replaceFirst("\\..*", "Z"))
                        .orElse("never"),
                s.freshnessSeconds().map(String::valueOf).orElse(""),
                s.lag().map(String::valueOf).orElse("?"),
                Long.toString(s.recent().getOrDefault("accepted", 0L)),
                Long.toString(s.recent().getOrDefault("rejected", 0L)),
                s.recent().containsKey("duplicate") ? Long.toString(s.recent().get("duplicate")) : "",
                s.driver().orElse(""));
    }

    private static List<String> row(FeedHealth.DayHealth d) {
        List<String> remarks = new ArrayList<>();
        if (d.held()) {
            remarks.add("held by a rollback");
        }
        if (d.sealed()) {
            remarks.add("sealed");
        }
        if (!d.unavailable().isEmpty()) {
            remarks.add("without " + String.join(", ", d.unavailable())
                    + (d.held() || d.sealed() ? "" : " (recompute brings it)"));
        }
        d.missing()
                .forEach((rollup, measures) -> remarks.add(rollup + " without " + String.join(", ", measures)
                        + (d.held() || d.sealed() ? "" : " (recompute brings it)")));
        if (d.generations().size() > 1) {
            remarks.add("can go back to "
                    + d.generations().stream()
                            .filter(g -> !d.generation().equals(Optional.of(g)))
                            .collect(Collectors.joining(", ")));
        }
        return List.of(
                d.day().toString(),
                d.generation().orElse("not published"),
                d.horizonSeq().map(String::valueOf).orElse(""),
                Long.toString(d.events()),
                Long.toString(d.duplicates()),
                Long.toString(d.foldedTo()),
                String.join("; ", remarks));
    }
}
