package dev.tideline.app.commands;

import dev.tideline.ledger.Stream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tideline archive}. */
@Command(
        name = "archive",
        description = "Archive stream of a feed: every Kafka record into raw or rejected, until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {"  tideline archive --feed clicks --config tideline.yaml", "  one driver for each stream of a feed"})
public final class ArchiveCommand extends StreamRun implements Callable<Integer> {
    @Override
    public Integer call() {
        return run(Stream.ARCHIVE);
    }
}
