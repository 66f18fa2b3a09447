package dev.tideline.quickstart;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.batch.Upkeep;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Causes;
import dev.tideline.spark.Parallel;
import dev.tideline.streaming.CaughtUp;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Both streams of every feed in one session, and beside them the upkeep of their tables. */
final class LocalStreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalStreams.class);
    private static final long LOOK_SECONDS = 60;
    /** A fold rewrites the open day: so many micro-batches' partials are worth it. */
    private static final int BATCHES_PER_FOLD = 30;

    private static final int FOLDS_PER_COMPACTION = 10;

    private final Map<Feed, Map<Stream, RunningStream>> streams = new LinkedHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "tideline-upkeep");
        thread.setDaemon(true);
        return thread;
    });
    private final Lake lake;
    private final Map<String, String> kafka;
    /** The speed stream's seq when its feed was last looked after. */
    private final Map<Feed, Long> looked = new HashMap<>();

    private final Map<Feed, Integer> folds = new HashMap<>();
    /** One kind of stream waits for no other: archiving must not delay fresh numbers. */
    private final Map<Stream, Semaphore> turns = new EnumMap<>(Stream.class);

    private LocalStreams(Lake lake, Map<String, String> kafka, int feeds) {
        this.lake = lake;
        this.kafka = kafka;
        for (Stream stream : Stream.values()) {
            turns.put(stream, new Semaphore(feeds, true));
        }
    }

    /** Starts all streams, and returns once each has read what Kafka had: from then on a record will be seen. */
    static LocalStreams start(Lake lake, Feeds feeds, Config config) {
        int count = feeds.all().size();
        LocalStreams streams = new LocalStreams(lake, config.requireKafka(), count);
        try {
            for (Feed feed : feeds.all()) {
                streams.streams.put(feed, new EnumMap<>(Stream.class));
            }
            Parallel.forEach(List.copyOf(feeds.all()), feed -> streams.start(feed, config));
            streams.streams.keySet().forEach(streams::catchUp);
            // From now on one of a kind at a time: all triggers fall into the same second, in which somebody may ask.
            streams.turns.values().forEach(turns -> turns.acquireUninterruptibly(count - 1));
            streams.keepSmall();
            return streams;
        } catch (RuntimeException e) {
            streams.close();
            throw e;
        }
    }

    /** One after the other: the first creates the feed's tables. */
    private void start(Feed feed, Config config) {
        Map<Stream, RunningStream> both = streams.get(feed);
        both.put(
                Stream.SPEED,
                FeedStream.start(lake, feed, Stream.SPEED, options(config, Stream.SPEED, config.speedTrigger())));
        both.put(
                Stream.ARCHIVE,
                FeedStream.start(lake, feed, Stream.ARCHIVE, options(config, Stream.ARCHIVE, config.archiveTrigger())));
    }

    private StreamOptions options(Config config, Stream stream, Duration trigger) {
        return StreamOptions.of(config.requireKafka(), trigger)
                .withMaxOffsets(config.maxOffsets())
                .withMaxBytes(config.maxBytes())
                .withTurns(turns.get(stream));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // upkeep reports its own failures
    private void keepSmall() {
        timer.scheduleWithFixedDelay(this::upkeep, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    private void upkeep() {
        for (Feed feed : streams.keySet()) {
            try {
                upkeep(feed);
            } catch (RuntimeException e) {
                // A timer ends at its first exception, but the next round may well succeed: all of it can be cut short.
                if (!timer.isShutdown()) {
                    LOG.warn("Upkeep of {} goes on in a minute: {}", feed.name(), Causes.line(e));
                }
            }
        }
    }

    private void upkeep(Feed feed) {
        long seq = lake.progress(feed, Stream.SPEED).progress().seq();
        if (seq - looked.getOrDefault(feed, 0L) < BATCHES_PER_FOLD) {
            return;
        }
        Upkeep upkeep = new Upkeep(lake, feed, LOG::info);
        upkeep.fold(Instant.now(), BATCHES_PER_FOLD);
        if (folds.merge(feed, 1, Integer::sum) % FOLDS_PER_COMPACTION == 0) {
            upkeep.compact();
        }
        looked.put(feed, seq);
    }

    /** Returns once both streams of {@code feed} have recorded everything that Kafka has now. */
    void catchUp(Feed feed) {
        streams.get(feed).forEach((stream, running) -> CaughtUp.await(lake, feed, stream, running, kafka));
    }

    /**
     * Until one fails or is stopped.
     *
     * @param beside called again and again: what it throws ends the waiting
     */
    void await(Runnable beside) throws InterruptedException {
        while (true) {
            beside.run();
            for (Map<Stream, RunningStream> both : streams.values()) {
                for (RunningStream stream : both.values()) {
                    if (!stream.isActive()) {
                        stream.await();
                        return;
                    }
                }
            }
            Thread.sleep(500);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        streams.values().forEach(both -> both.values().forEach(RunningStream::close));
    }
}
