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
 * The highest rate at which both streams keep up, the lake on the embedded S3, broker and generator on the same cores. The
 * rate climbs step by step while the streams run. They keep up with one when, just after a micro-batch, they are no further
 * behind in the last third of its time than in the middle one, give or take a second.
 */
final class LiveMeasure implements Measure {
    private static final List<Integer> RATES = List.of(50_000, 75_000, 100_000, 125_000, 150_000, 200_000, 250_000);
    /** Clicks a second while everything warms up. */
    private static final int WARM = 25_000;

    private static final Duration TRIGGER = Duration.ofSeconds(5);
    /** How much longer than planned a rate may take to be sent. */
    private static final double TOLERANCE = 1.03;

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
        Feed feed = Streams.feed("/feeds/clicks.yaml", "live-clicks");
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        Lake lake = site.lakeOnS3();
        Clicks traffic = Site.dense(3, Site.PEAK);
        Instant start = Instant.now();
        ClickGenerator clicks = ClickGenerator.of(traffic, start);
        long sent = 0;
        int best = 0;
        try (ClickSender sender = ClickSender.to(site.kafka().bootstrapServers(), feed.topic());
                RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, site.options(TRIGGER));
                RunningStream archive = FeedStream.start(lake, feed, Stream.ARCHIVE, site.options(TRIGGER))) {
            sent += sender.send(
                    clicks,
                    (long) WARM * (site.size().quick() ? 4 : site.size().live()),
                    Pace.perSecond(WARM),
                    ClickSender.Receipt.NONE);
            for (int rate : site.size().quick() ? RATES.subList(0, 1) : RATES) {
                long before = sent;
                long count = (long) rate * site.size().live();
                CompletableFuture<Timed> sending = CompletableFuture.supplyAsync(() -> Timed.unchecked(
                        () -> sender.send(clicks, count, Pace.perSecond(rate), ClickSender.Receipt.NONE)));
                List<Double> behind = new ArrayList<>(); // seconds
                for (long began = System.nanoTime(); !sending.isDone(); Thread.sleep(250)) {
                    double due = (double) before + Math.min((double) count, (System.nanoTime() - began) / 1e9 * rate);
                    behind.add((due - recorded(lake, feed)) / rate);
                }
                sent += count;
                if (!speed.isActive() || !archive.isActive()) {
                    throw new IllegalStateException("a stream ended early");
                }
                if (!keepsUp(site, rate, sending.join(), behind)) {
                    break;
                }
                best = rate;
            }
            speed.processAllAvailable();
            archive.processAllAvailable();
        }
        Oracle.check(site, lake, feed, site.written(feed.topic(), ClickGenerator.of(traffic, start), sent));
        return List.of(Figure.of(4, "live rate at stable lag, lake on S3", best, "clicks/s")
                .towards(50_000, 150_000, 250_000));
    }

    private static double recorded(Lake lake, Feed feed) {
        return Math.min(Streams.recorded(lake, feed, Stream.SPEED), Streams.recorded(lake, feed, Stream.ARCHIVE));
    }

    private static boolean keepsUp(Site site, int rate, Timed sending, List<Double> behind) {
        int third = behind.size() / 3;
        double middle = least(behind.subList(third, 2 * third));
        double last = least(behind.subList(2 * third, behind.size()));
        site.progress()
                .say(
                        "%,d clicks/s: %,.0f were sent, %.1f s behind in the middle, %.1f s at the end, %.1f CPU s per million"
                                .formatted(rate, sending.rate(), middle, last, sending.cpuPerMillion()));
        return sending.rate() * TOLERANCE >= rate && last <= middle + 1;
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }
}
