package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.Shutdown;
import dev.tideline.decode.format.HashKey;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.streaming.CaughtUp;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.LastingStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.time.Duration;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** What {@code archive} and {@code speed} have in common: one stream of one feed, until it is stopped or must not go on. */
abstract class StreamRun {
    @ParentCommand
    protected Console console;

    @picocli.CommandLine.Mixin
    protected CommonOptions common;

    @Option(
            names = "--feed",
            paramLabel = "NAME",
            required = true,
            description = "Which feed (tideline feeds lists them).")
    protected String feed;

    @Option(names = "--once", description = "Read what Kafka has now, then end.")
    private boolean once;

    @Option(
            names = "--accept-loss",
            description =
                    "Go on where Kafka no longer has what comes next; the gap stays in the ledger, status shows it.")
    private boolean acceptLoss;

    @Option(
            names = "--new-topic",
            description = "The topic was deleted and made again: read the new one from its first offset.")
    private boolean newTopic;

    protected int run(Stream stream) {
        Config config = common.config(console.environment());
        Feed declared = Feeds.of(config.feeds()).named(feed);
        Duration trigger = stream == Stream.SPEED ? config.speedTrigger() : config.archiveTrigger();
        StreamOptions options = new StreamOptions(
                        config.requireKafka(), trigger, config.maxOffsets(), acceptLoss, newTopic)
                .withMaxBytes(config.maxBytes());
        HashKey.of(declared); // it is there before Kafka is asked and Spark starts
        Topic.id(options.kafka(), declared.topic()); // it answers before Spark starts
        console.say("starting Spark");
        try (Session session = console.sessions().open(config)) {
            return run(session.lake(), declared, stream, options);
        }
    }

    private int run(Lake lake, Feed declared, Stream stream, StreamOptions options) {
        String runs = stream.text() + " of " + feed + " runs into " + lake.root();
        if (once) {
            try (RunningStream running = FeedStream.start(lake, declared, stream, options)) {
                console.say(runs);
                CaughtUp.await(lake, declared, stream, running, options.kafka());
                return 0;
            }
        }
        try (LastingStream lasting = LastingStream.start(lake, declared, stream, options, console::say)) {
            console.say(runs);
            Shutdown.first(lasting::close);
            lasting.await();
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }
}
