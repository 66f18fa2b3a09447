package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.batch.Upkeep;
import dev.tideline.feed.Feed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
    public Integer call() {
        Config config = common.config(console.environment());
        List<Feed> declared = Feeds.of(config.feeds()).named(feeds);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            for (Feed feed : declared) {
                Upkeep upkeep =
                        new Upkeep(session.lake(), feed, line -> console.out().println(line));
                Instant now = Instant.now();
                console.say("folding, pruning, sealing " + feed.name());
                upkeep.fold(now);
                upkeep.retire(config.keep(), now);
                console.say("rewriting small files of " + feed.name());
                upkeep.compact();
            }
        }
        return 0;
    }
}
