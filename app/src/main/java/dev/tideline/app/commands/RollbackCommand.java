package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.FeedFiles;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Ledgers;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.batch.Rollback;
import dev.tideline.batch.RollbackPlan;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.DayLedger;
import dev.tideline.protocol.Day;
import java.time.Instant;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline rollback}. */
@Command(
        name = "rollback",
        description = "Sends readers of a day back to an older generation and holds the day until it is released.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline rollback --feed clicks --date 2026-11-20 --generation 20261121T031500Z-1f2e3d4c",
            "  tideline rollback --feed clicks --date 2026-11-20 --release      nightly runs publish it again",
            "  tideline rollback --feed clicks --date 2026-11-20 --generation 20261121T031500Z-1f2e3d4c --dry-run",
            "tideline status lists the generations of each day."
        })
public final class RollbackCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", required = true, description = "Which feed.")
    private String feed;

    @Option(names = "--date", paramLabel = "YYYY-MM-DD", required = true, description = "Which day (UTC).")
    private LocalDate date;

    @ArgGroup(multiplicity = "1")
    private Which which;

    @Option(names = "--dry-run", description = "Say what readers would see, write nothing.")
    private boolean dryRun;

    /** Back, or on again. */
    private static final class Which {
        @Option(
                names = "--generation",
                paramLabel = "ID",
                required = true,
                description = "The generation to go back to.")
        private String generation;

        @Option(names = "--release", required = true, description = "Let recomputes publish this day again.")
        private boolean release;
    }

    @Override
    public Integer call() {
        Config config = common.config(console.environment());
        if (dryRun) {
            plan(config);
            return 0;
        }
        Feed declared = Feeds.of(config.feeds()).named(feed);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            if (which.release) {
                Rollback.release(session.lake(), declared, date, Instant.now());
                console.out().println(feed + " " + date + ": released, the next recompute publishes it again");
            } else {
                Rollback.to(session.lake(), declared, date, which.generation, Instant.now());
                console.out().println(feed + " " + date + ": back to " + which.generation + ", held until --release");
            }
        }
        return 0;
    }

    private void plan(Config config) {
        FeedFiles.of(config.feeds()).named(feed);
        DayLedger days = Ledgers.existing(config).days();
        if (which.release) {
            Day day = RollbackPlan.held(days, feed, date);
            console.out()
                    .println("%s %s: would be released, shows %s until the next recompute"
                            .formatted(feed, date, day.current().orElseThrow()));
            return;
        }
        RollbackPlan plan = RollbackPlan.of(days, feed, date, which.generation);
        console.out()
                .println("%s %s: would go back to %s (horizon seq %d, %,d events, published %s), shows %s now"
                        .formatted(
                                feed,
                                date,
                                plan.generation(),
                                plan.horizonSeq(),
                                plan.events(),
                                plan.published().at(),
                                plan.day().current().orElseThrow()));
    }
}
