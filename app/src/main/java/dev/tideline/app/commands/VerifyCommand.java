package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedCatalog;
import dev.tideline.operations.Verification;
import dev.tideline.protocol.NotFound;
import dev.tideline.serve.Json;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline verify}. */
@Command(
        name = "verify",
        description =
                "Checks that the lake's tables hold what its ledgers say, such as after a restore: rows by micro-batch,"
                        + " published generations, files, ranges, horizons. Writes nothing.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline verify                          all feeds, everything; ends with 1 where something is wrong",
            "  tideline verify --since 2026-11-20       what was recorded from that day on",
            "  tideline verify --feed clicks --date 2026-11-20"
        })
public final class VerifyCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", description = "Which feed of the lake (default: all). Repeatable.")
    private List<String> feeds = new ArrayList<>();

    @ArgGroup
    private Which which;

    @Mixin
    private ReportOption report;

    /** A part of the lake. */
    private static final class Which {
        @Option(
                names = "--date",
                paramLabel = "YYYY-MM-DD",
                description = "Only what was published of a day (UTC, by event time). Repeatable.")
        private List<LocalDate> dates = new ArrayList<>();

        @Option(
                names = "--since",
                paramLabel = "YYYY-MM-DD",
                description = "Only days and micro-batches from this date (UTC) on.")
        private LocalDate since;
    }

    @Override
    public Integer call() throws Exception {
        Config config = common.config(console.environment());
        Verification.Scope scope = which == null
                ? Verification.Scope.ALL
                : new Verification.Scope(Optional.ofNullable(which.since), Set.copyOf(which.dates));
        console.say("starting Spark");
        boolean fine = true;
        try (Session session = console.sessions().existing(config)) {
            FeedCatalog catalog = session.lake().feeds();
            Map<String, String> unreadable = new TreeMap<>(catalog.unreadable());
            Map<String, Feed> all = new TreeMap<>(catalog.all());
            for (String name : wanted(all, unreadable)) {
                Verification verification = all.containsKey(name)
                        ? Verification.of(session.lake(), all.get(name), scope, console::say)
                        : new Verification(
                                name,
                                0,
                                0,
                                0,
                                List.of(),
                                List.of(name + ": this release cannot read its feed file: " + unreadable.get(name)));
                fine &= verification.findings().isEmpty();
                if (report.isJson()) {
                    console.out().println(Json.of(verification));
                } else {
                    print(verification);
                }
            }
        }
        return fine ? 0 : ExitCode.FAILED;
    }

    private Set<String> wanted(Map<String, Feed> all, Map<String, String> unreadable) {
        Set<String> known = new TreeSet<>(all.keySet());
        known.addAll(unreadable.keySet());
        for (String name : feeds) {
            if (!known.contains(name)) {
                throw new NotFound("Cannot find feed " + name + " in the lake (there are " + String.join(", ", known)
                        + "; retired ones are not looked at)");
            }
        }
        return feeds.isEmpty() ? known : new TreeSet<>(feeds);
    }

    private void print(Verification verification) {
        verification.losses().forEach(loss -> console.out().println(loss + " (accepted)"));
        verification.findings().forEach(console.out()::println);
        console.out()
                .println("%s: %s; looked at %,d files, the rows of %,d micro-batches and of %,d generations"
                        .formatted(
                                verification.feed(),
                                verification.findings().isEmpty()
                                        ? "fine"
                                        : "%,d findings"
                                                .formatted(
                                                        verification.findings().size()),
                                verification.files(),
                                verification.microBatches(),
                                verification.generations()));
    }
}
