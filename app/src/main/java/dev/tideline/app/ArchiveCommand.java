package dev.tideline.app;

import dev.tideline.table.Stream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tideline archive}. */
@Command(
        name = "archive",
        description = "Archive stream of a feed: every Kafka record into raw or rejected, until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {"  tideline archive --feed clicks --config tideline.yaml", "  one driver for each stream of a feed"})
final class ArchiveCommand extends StreamRun implements Callable<Integer> {
    @Override
    public Integer call() {
        return run(Stream.ARCHIVE);
    }
}
