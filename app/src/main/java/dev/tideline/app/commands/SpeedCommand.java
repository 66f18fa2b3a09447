package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.decode.format.HashKey;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.Stream;
import dev.tideline.streaming.CatchUp;
import dev.tideline.streaming.StreamOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tideline speed}. */
@Command(
        name = "speed",
        description = "Speed stream of a feed: partial aggregates that the views show within seconds, until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline speed --feed clicks --set trigger.speed=2s      one driver for each stream of a feed",
            "  tideline speed --feed clicks --catch-up                  while no other driver of it runs"
        })
public final class SpeedCommand extends StreamRun implements Callable<Integer> {
    @Option(
            names = "--catch-up",
            description = "Far behind: make micro-batches from the archive instead of Kafka, then end.")
    private boolean catchUp;

    @Override
    public Integer call() {
        return catchUp ? catchUp() : run(Stream.SPEED);
    }

    private int catchUp() {
        Config config = common.config(console.environment());
        Feed declared = Feeds.of(config.feeds()).named(feed);
        StreamOptions size = StreamOptions.of(config.kafka(), config.speedTrigger())
                .withMaxOffsets(config.maxOffsets())
                .withMaxBytes(config.maxBytes());
        HashKey.of(declared);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            console.say("reading the archive of " + feed);
            console.out()
                    .printf("%s: %,d events from the archive%n", feed, CatchUp.run(session.lake(), declared, size));
        }
        return 0;
    }
}
