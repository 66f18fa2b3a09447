package dev.tideline.bench;

import dev.tideline.feed.Feed;
import dev.tideline.quickstart.ClickGenerator;
import dev.tideline.quickstart.ClickSender;
import dev.tideline.quickstart.Pace;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.table.Lake;
import dev.tideline.table.Stream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The highest rate at which both streams keep up, the lake on the embedded S3, broker and generator on the same cores. A stream
 * keeps up when it is on average no further behind in the last third of the time than in the middle one, give or take a second.
 */
final class LiveMeasure implements Measure {
    private static final List<Integer> RATES = List.of(25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 250_000);
    private static final Duration TRIGGER = Duration.ofSeconds(5);

    @Override
    public int row() {
        return 4;
    }

    @Override
    public String name() {
        return "live";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        int best = 0;
        for (int rate : RATES) {
            if (!keepsUp(site, rate)) {
                break;
            }
            best = rate;
        }
        return List.of(Figure.of(4, "live rate at stable lag, lake on S3", best, "clicks/s")
                .towards(50_000, 150_000, 250_000));
    }

    private static boolean keepsUp(Site site, int rate) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml", "live-clicks-" + rate);
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        Lake lake = site.lakeOnS3();
        long count = (long) rate * site.size().seconds();
        List<Double> behind = new ArrayList<>(); // seconds
        try (ClickSender sender = ClickSender.to(site.kafka().bootstrapServers(), feed.topic());
                RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, site.options(TRIGGER));
                RunningStream archive = FeedStream.start(lake, feed, Stream.ARCHIVE, site.options(TRIGGER))) {
            ClickGenerator generator = ClickGenerator.of(Site.dense(rate, rate), Instant.now());
            CompletableFuture<Long> sending = CompletableFuture.supplyAsync(
                    () -> sender.send(generator, count, Pace.perSecond(rate), ClickSender.Receipt.NONE));
            long began = System.nanoTime();
            while (!sending.isDone()) {
                Thread.sleep(500);
                double due = (System.nanoTime() - began) / 1e9 * rate;
                long read = Math.min(
                        Streams.recorded(lake, feed, Stream.SPEED), Streams.recorded(lake, feed, Stream.ARCHIVE));
                behind.add((Math.min(due, (double) count) - read) / rate);
            }
            sending.join();
            if (!speed.isActive() || !archive.isActive()) {
                throw new IllegalStateException("a stream ended early");
            }
        }
        int third = behind.size() / 3;
        double middle = mean(behind.subList(third, 2 * third));
        double last = mean(behind.subList(2 * third, behind.size()));
        site.progress()
                .say("%,d clicks/s: %.1f s behind in the middle, %.1f s at the end".formatted(rate, middle, last));
        return last <= middle + 1;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
}
