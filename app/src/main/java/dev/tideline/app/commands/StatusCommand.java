package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.feed.Feed;
import dev.tideline.operations.Status;
import dev.tideline.operations.TextTable;
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
            "  tideline status --format json        one object a feed, a line each"
        })
public final class StatusCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", description = "Which feed (default: all). Repeatable.")
    private List<String> feeds = new ArrayList<>();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES} (default: table).")
    private Format format;

    /** For people, or for programs. */
    private enum Format {
        table,
        json
    }

    @Override
    public Integer call() throws IOException {
        Config config = common.config(console.environment());
        List<Feed> declared = Feeds.of(config.feeds()).named(feeds);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            LocalDate today = LocalDate.now(ZoneOffset.UTC);
            for (Feed feed : declared) {
                Status status = Status.of(session.lake(), feed, config.kafka(), Instant.now(), today);
                if (format == Format.json) {
                    console.out().println(Json.of(status));
                } else {
                    print(status, console.out());
                }
            }
        }
        return 0;
    }

    private static void print(Status status, PrintWriter out) {
        out.println(status.feed() + " (topic " + status.topic() + ")");
        status.kafka().ifPresent(why -> out.println("lag unknown: " + why));
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
                        status.streams().stream().map(StatusCommand::row).toList())
                .print(out);
        status.streams()
                .forEach(stream -> stream.breaks().forEach(broken -> out.println(stream.stream() + ": " + broken)));
        Status.Coverage coverage = status.coverage();
        out.println("coverage: " + text(coverage));
        out.println("dirty days: "
                + (status.dirty().isEmpty()
                        ? "none"
                        : status.dirty().stream().map(LocalDate::toString).collect(Collectors.joining(", "))));
        if (!status.days().isEmpty()) {
            new TextTable(
                            List.of("day", "generation", "horizon", "events", "duplicate", "folded to", "remarks"),
                            status.days().stream().map(StatusCommand::row).toList())
                    .print(out);
        }
        out.println();
    }

    private static String text(Status.Coverage coverage) {
        if (coverage.speedSeq() == 0) {
            return "the speed layer has recorded nothing yet";
        }
        if (coverage.seq() == 0) {
            return "the archive covers no speed cut yet: nothing can be recomputed or folded";
        }
        return "the archive covers speed cuts up to seq " + coverage.seq()
                + (coverage.behind() == 0 ? ", the last one" : ", " + coverage.behind() + " micro-batches behind");
    }

    private static List<String> row(Status.StreamStatus s) {
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

    private static List<String> row(Status.DayStatus d) {
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
