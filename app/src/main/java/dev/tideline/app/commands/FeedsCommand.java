package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Ledgers;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.app.output.Console;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.lake.FeedCatalog;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.operations.ChangedRollups;
import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Rollup;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline feeds}. */
@Command(
        name = "feeds",
        description =
                "Checks the feed files and lists the feeds with their topics and views, and how many days of the lake"
                        + " changed rollups would lack. Starts nothing; --retire takes a feed of the lake out of use, --restore puts it back.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline feeds --in my-feeds",
            "  tideline feeds --retire sales        stop its streams first; its tables stay until you delete them"
        })
public final class FeedsCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--in", paramLabel = "FOLDER", description = "Feed files to check, instead of the configured ones.")
    private Path folder;

    @ArgGroup
    private Change change;

    /** What is to become of a feed of the lake. */
    private static final class Change {
        @Option(
                names = "--retire",
                paramLabel = "NAME",
                required = true,
                description = "Readers no longer see this feed, its streams do not start, its rollups' names are free.")
        private String retired;

        @Option(
                names = "--restore",
                paramLabel = "NAME",
                required = true,
                description = "This feed is in use again, as it was declared last.")
        private String restored;
    }

    @Override
    public Integer call() {
        if (change != null) {
            change();
            return 0;
        }
        Config config = folder == null ? common.config(console.environment()) : common.offline(console.environment());
        Optional<Path> files = folder == null
                ? config.feeds()
                : Config.of(Settings.of(List.of("lake=none", "feeds=" + folder)))
                        .feeds();
        Collection<Feed> feeds = Feeds.of(files).all();
        for (Feed feed : feeds) {
            console.out().println(feed.name() + ": topic " + feed.topic() + ", events in " + feed.name() + "_events");
            for (Rollup rollup : feed.rollups()) {
                console.out()
                        .println("  " + rollup.name() + "_1m, " + rollup.name() + "_1h by "
                                + rollup.dimensions().stream()
                                        .map(Dimension::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
        effects(config, feeds);
        return 0;
    }

    /** What a start with these files would do to days that the lake has; that it cannot be asked is no fault of the files. */
    private void effects(Config config, Collection<Feed> feeds) {
        try {
            Optional<LakeLedgers> ledgers = Ledgers.ifExisting(config);
            ledgers.ifPresent(lake -> feeds.forEach(feed -> ChangedRollups.effects(
                            lake, FeedDeclaration.parse("of feed " + feed.name(), feed.source()))
                    .forEach(console.out()::println)));
        } catch (CannotException e) {
            console.say("what changed files do to the days of the lake is not known: " + e.getMessage());
        }
    }

    private void change() {
        if (folder != null) {
            throw new CannotException("Cannot retire or restore a feed --in a folder: it is the lake that has it");
        }
        Config config = common.config(console.environment());
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            FeedCatalog feeds = session.lake().feeds();
            boolean retire = change.retired != null;
            String name = retire ? change.retired : change.restored;
            boolean done = retire ? feeds.retire(name, Instant.now()) : feeds.restore(name, Instant.now());
            console.out().println(name + ": " + (done ? "" : "already ") + (retire ? "retired" : "in use"));
        }
    }
}
