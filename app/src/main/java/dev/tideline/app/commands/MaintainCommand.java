package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.OneByOne;
import dev.tideline.batch.Upkeep;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.operations.DirtyDays;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline maintain}. */
@Command(
        name = "maintain",
        description =
                "Keeps tables small beside running streams: folds partials, retires superseded generations, seals days"
                        + " whose raw rows expire, rewrites small files.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline maintain            every few minutes to hours; cut short, the next one goes on")
public final class MaintainCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--feed", paramLabel = "NAME", description = "Which feed (default: all). Repeatable.")
    private List<String> feeds = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Config config = common.config(console.environment());
        List<Feed> declared = Feeds.of(config.feeds()).named(feeds);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            OneByOne steps = new OneByOne(console);
            for (Feed feed : declared) {
                steps.run(feed.name(), () -> maintain(session.lake(), feed, config));
            }
            steps.end();
        }
        return 0;
    }

    private void maintain(Lake lake, Feed feed, Config config) {
        Upkeep upkeep = new Upkeep(lake, feed, line -> console.out().println(line));
        Instant now = Instant.now();
        console.say("folding, pruning, sealing " + feed.name());
        upkeep.fold(now);
        upkeep.retire(config.keep(), now, Set.copyOf(DirtyDays.find(lake, feed, LocalDate.now(ZoneOffset.UTC))));
        console.say("rewriting small files of " + feed.name());
        upkeep.compact();
    }
}
