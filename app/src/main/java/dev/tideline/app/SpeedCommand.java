package dev.tideline.app;

import dev.tideline.table.Stream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tideline speed}. */
@Command(
        name = "speed",
        description = "Speed stream of a feed: partial aggregates that the views show within seconds, until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {"  tideline speed --feed clicks --set trigger.speed=2s", "  one driver for each stream of a feed"})
final class SpeedCommand extends StreamRun implements Callable<Integer> {
    @Override
    public Integer call() {
        return run(Stream.SPEED);
    }
}
