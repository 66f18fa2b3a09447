package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Settings;
import dev.tideline.app.output.Console;
import dev.tideline.feed.Feed;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Rollup;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline feeds}. */
@Command(
        name = "feeds",
        description = "Checks the feed files and lists the feeds with their topics and views. Starts nothing.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline feeds --in my-feeds")
public final class FeedsCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Option(names = "--in", paramLabel = "FOLDER", description = "Feed files to check, instead of the configured ones.")
    private Path folder;

    @Override
    public Integer call() {
        Optional<Path> files = folder == null
                ? common.config(console.environment()).feeds()
                : Config.of(Settings.of(java.util.List.of("lake=none", "feeds=" + folder)))
                        .feeds();
        for (Feed feed : Feeds.of(files).all()) {
            console.out().println(feed.name() + ": topic " + feed.topic() + ", events in " + feed.name() + "_events");
            for (Rollup rollup : feed.rollups()) {
                console.out()
                        .println("  " + rollup.name() + "_1m, " + rollup.name() + "_1h by "
                                + rollup.dimensions().stream()
                                        .map(Dimension::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
        return 0;
    }
}
