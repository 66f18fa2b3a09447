package dev.tideline.bench;

import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * How long after a click was sent the view has it: the k-th click of all is sent when as many are handed to the producer, and
 * visible from the moment at which recorded cuts hold as many. Broker and producer share the machine.
 */
final class FreshnessMeasure implements Measure {
    private static final int PER_SECOND = 20_000;
    private static final int EVERY = 1000;

    @Override
    public int row() {
        return 6;
    }

    @Override
    public String name() {
        return "freshness";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml", "fresh-clicks");
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        long count = (long) PER_SECOND * site.size().seconds();
        long[] sent = new long[(int) (count / EVERY)]; // nanoseconds at every thousandth click
        List<long[]> visible = new ArrayList<>(); // clicks, nanoseconds
        Lake lake = site.lake();
        Clicks traffic = Site.dense(2, PER_SECOND);
        Instant start = Instant.now();
        try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, site.options(Duration.ofSeconds(1)));
                ClickSender sender = ClickSender.to(site.kafka().bootstrapServers(), feed.topic())) {
            ClickGenerator generator = ClickGenerator.of(traffic, start);
            sender.send(generator, PER_SECOND, Pace.perSecond(PER_SECOND), ClickSender.Receipt.NONE);
            speed.processAllAvailable();
            CompletableFuture<Long> sending = CompletableFuture.supplyAsync(
                    () -> sender.send(generator, count, noting(sent), ClickSender.Receipt.NONE));
            for (long seen = 0; seen < count; ) {
                seen = Streams.recorded(lake, feed, Stream.SPEED) - PER_SECOND;
                visible.add(new long[] {seen, System.nanoTime()});
                if (sending.isCompletedExceptionally() || !speed.isActive()) {
                    throw new IllegalStateException("the stream or the sender ended early");
                }
                Thread.sleep(20);
            }
        }
        Oracle.check(
                site, lake, feed, site.written(feed.topic(), ClickGenerator.of(traffic, start), PER_SECOND + count));
        List<Double> seconds = delays(sent, visible);
        return List.of(
                Figure.of(6, "freshness at 20,000 clicks/s, p50", Quantile.of(seconds, 50), "s")
                        .towards(3, 1.5, 0.5),
                Figure.of(6, "freshness at 20,000 clicks/s, p99", Quantile.of(seconds, 99), "s")
                        .towards(6, 3, 1));
    }

    private static Pace noting(long[] sent) {
        Pace even = Pace.perSecond(PER_SECOND);
        return (index, timestamp) -> {
            even.await(index, timestamp);
            if (index % EVERY == 0) {
                sent[(int) (index / EVERY)] = System.nanoTime();
            }
        };
    }

    private static List<Double> delays(long[] sent, List<long[]> visible) {
        List<Double> seconds = new ArrayList<>();
        int at = 0;
        for (int k = 0; k < sent.length; k++) {
            while (visible.get(at)[0] <= (long) k * EVERY) {
                at++;
            }
            seconds.add((visible.get(at)[1] - sent[k]) / 1e9);
        }
        return seconds;
    }
}
