package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.operations.DirtyDays;
import dev.tideline.protocol.CannotException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
            "  tideline recompute --feed clicks --dirty        every night: all days with late events, today not",
            "  tideline recompute --feed clicks --dirty --dry-run",
            "Running it twice, or two at once, gives the same answer."
        })
public final class RecomputeCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", required = true, description = "Which feed.")
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
    public Integer call() {
        Config config = common.config(console.environment());
        Feed declared = Feeds.of(config.feeds()).named(feed);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            List<LocalDate> days =
                    which.dirty ? DirtyDays.find(session.lake(), declared, LocalDate.now(ZoneOffset.UTC)) : which.dates;
            if (days.isEmpty()) {
                console.out().println(feed + ": no day is dirty");
            }
            int code = 0;
            for (LocalDate day : days) {
                code = Math.max(code, recompute(session.lake(), declared, day));
            }
            return code;
        }
    }

    private int recompute(Lake lake, Feed declared, LocalDate day) {
        try {
            if (dryRun) {
                console.out().println(text("would recompute", Recompute.plan(lake, declared, day)));
                return 0;
            }
            console.say("recomputing " + feed + " of " + day);
            Recompute.Outcome outcome = Recompute.run(lake, declared, day, Instant.now());
            console.out().println(text(outcome.published() ? "published" : "not published", outcome));
            return outcome.published() ? 0 : ExitCode.CAME_SECOND;
        } catch (CannotException e) {
            console.say(e.getMessage());
            return ExitCode.of(e);
        }
    }

    private String text(String what, Recompute.Outcome outcome) {
        Map<String, Long> counts = outcome.counts();
        return "%s %s: %s%s%s, horizon seq %d, %,d events, %s%,d left for next time"
                .formatted(
                        feed,
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
