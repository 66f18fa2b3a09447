package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.app.process.OneByOne;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.operations.DirtyDays;
import dev.tideline.protocol.CannotException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline recompute}. */
@Command(
        name = "recompute",
        description = "Batch layer: computes days exactly from the raw archive and publishes each by one entry.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline recompute --feed clicks --date 2026-11-20",
            "  tideline recompute --dirty                      every night: all feeds, all days with late events, today not",
            "  tideline recompute --feed clicks --dirty --dry-run",
            "Running it twice, or two at once, gives the same answer."
        })
public final class RecomputeCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", description = "Which feed (with --dirty, default: all).")
    private String feed;

    @ArgGroup(multiplicity = "1")
    private Which which;

    @Option(names = "--dry-run", description = "Say what would be done, write nothing.")
    private boolean dryRun;

    /** Days named, or found. */
    private static final class Which {
        @Option(
                names = "--date",
                paramLabel = "YYYY-MM-DD",
                required = true,
                description = "A day (UTC, by event time). Repeatable.")
        private List<LocalDate> dates;

        @Option(
                names = "--dirty",
                required = true,
                description = "Days before today with raw rows that are not settled.")
        private boolean dirty;
    }

    @Override
    public Integer call() throws Exception {
        Config config = common.config(console.environment());
        if (feed == null && !which.dirty) {
            throw new CannotException("Cannot recompute --date of every feed: name one (--feed clicks)");
        }
        List<Feed> declared = Feeds.of(config.feeds()).named(feed == null ? List.of() : List.of(feed));
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            OneByOne steps = new OneByOne(console);
            AtomicInteger code = new AtomicInteger();
            for (Feed one : declared) {
                List<LocalDate> days = new ArrayList<>();
                steps.run(one.name(), () -> days.addAll(days(session.lake(), one)));
                for (LocalDate day : days) {
                    steps.run(
                            one.name() + " " + day,
                            () -> code.accumulateAndGet(recompute(session.lake(), one, day), Math::max));
                }
            }
            steps.end();
            return code.get();
        }
    }

    private List<LocalDate> days(Lake lake, Feed declared) {
        List<LocalDate> days =
                which.dirty ? DirtyDays.find(lake, declared, LocalDate.now(ZoneOffset.UTC)) : which.dates;
        if (days.isEmpty()) {
            console.out().println(declared.name() + ": no day is dirty");
        }
        return days;
    }

    private int recompute(Lake lake, Feed declared, LocalDate day) {
        try {
            if (dryRun) {
                console.out().println(text(declared, "would recompute", Recompute.plan(lake, declared, day)));
                return 0;
            }
            console.say("recomputing " + declared.name() + " of " + day);
            Recompute.Outcome outcome = Recompute.run(lake, declared, day, Instant.now());
            console.out().println(text(declared, outcome.published() ? "published" : "not published", outcome));
            return outcome.published() ? 0 : ExitCode.CAME_SECOND;
        } catch (CannotException e) {
            console.say(e.getMessage());
            return ExitCode.of(e);
        }
    }

    private static String text(Feed declared, String what, Recompute.Outcome outcome) {
        Map<String, Long> counts = outcome.counts();
        return "%s %s: %s%s%s, horizon seq %d, %,d events, %s%,d left for next time"
                .formatted(
                        declared.name(),
                        outcome.date(),
                        what,
                        outcome.generation().isEmpty() ? "" : " " + outcome.generation(),
                        outcome.state() != Recompute.State.REFUSED ? "" : " (" + outcome.reason() + ")",
                        outcome.horizon().seq(),
                        counts.getOrDefault("events", 0L),
                        counts.containsKey("duplicate") ? "%,d duplicates, ".formatted(counts.get("duplicate")) : "",
                        counts.getOrDefault("left", 0L));
    }
}
