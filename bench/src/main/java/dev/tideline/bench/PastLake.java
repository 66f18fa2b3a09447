package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * A lake with a {@link Past}, and with the same yesterday and today whatever lies behind it: micro-batches by the product's own
 * writers, yesterday published by its own recompute.
 */
final class PastLake {
    /** Clicks, each once: of yesterday and of today. */
    static final int CLICKS = 10_000;

    static final int CLICKS_TODAY = 1_000;
    private static final int BATCHES_TODAY = 2;
    private static final int ADS = 500;
    private static final int LABELS = 30;
    private static final int METRICS = 10;

    final Past past;
    final int series;
    final Lake lake;
    final Feed clicks;
    final Feed metrics;
    final Instant now;
    final LocalDate today;

    private final Map<Stream, MicroBatch> drivers = new EnumMap<>(Stream.class);
    private int sent = CLICKS + CLICKS_TODAY;

    private PastLake(Past past, int series, Lake lake, Instant now) throws IOException {
        this.past = past;
        this.series = series;
        this.lake = lake;
        this.clicks = Streams.feed("/feeds/clicks.yaml");
        this.metrics = Streams.feed("/feeds/metrics.yaml");
        this.now = now;
        this.today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    }

    /** Makes {@code lake}, in a folder, which nobody has written to. */
    static PastLake make(Past past, int series, Lake lake, Instant now) throws IOException {
        PastLake made = new PastLake(past, series, lake, now);
        made.write();
        return made;
    }

    List<Feed> feeds() {
        return List.of(clicks, metrics);
    }

    /** The oldest day, of which only its generation is left. */
    LocalDate oldest() {
        return today.minusDays(past.days());
    }

    LocalDate yesterday() {
        return today.minusDays(1);
    }

    private void write() throws IOException {
        for (Feed feed : feeds()) {
            FeedTables.create(lake, feed);
        }
        past.writeLedgers(lake, feeds(), today);
        Instant noon = yesterday().atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC);
        for (Stream stream : Stream.values()) {
            write(clicks, stream, CLICKS, CLICKS_TODAY, i -> click(i, i < CLICKS ? noon.plusMillis(100L * i) : now));
            write(
                    metrics,
                    stream,
                    2 * series,
                    series,
                    i -> sample(i, i < 2 * series ? noon.plusSeconds(60L * (i / series)) : now));
        }
        for (Feed feed : feeds()) {
            Recompute.run(lake, feed, yesterday(), now);
            past.writeDays(lake, feed, yesterday());
        }
    }

    /** One micro-batch of yesterday, and a few of today. */
    private void write(Feed feed, Stream stream, int ofYesterday, int ofToday, IntFunction<Object[]> event) {
        MicroBatch driver = MicroBatch.run(lake, feed, stream);
        int from = 0;
        for (int batch = 0; batch <= BATCHES_TODAY; batch++) {
            int to = ofYesterday + batch * ofToday / BATCHES_TODAY;
            write(driver, feed, from, to, event);
            from = to;
        }
        if (feed.equals(clicks)) {
            drivers.put(stream, driver);
        }
    }

    private void write(MicroBatch driver, Feed feed, int from, int to, IntFunction<Object[]> event) {
        List<Row> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Object[] payloadAndTime = event.apply(i);
            records.add(RowFactory.create(
                    null,
                    ((String) payloadAndTime[0]).getBytes(StandardCharsets.UTF_8),
                    feed.topic(),
                    past.topicId(feed),
                    i % past.partitions(),
                    Past.firstOffset() + i / past.partitions(),
                    Timestamp.from((Instant) payloadAndTime[1]),
                    null));
        }
        Map<String, Long> counts = driver.write(lake.spark().createDataFrame(records, Decoding.RECORD));
        driver.record(past.end(feed, from), past.end(feed, to), counts);
    }

    /** One more micro-batch of clicks by each stream, of today. */
    void writeMore() {
        int to = sent + CLICKS_TODAY / BATCHES_TODAY;
        for (MicroBatch driver : drivers.values()) {
            write(driver, clicks, sent, to, i -> click(i, now));
        }
        sent = to;
    }

    /** Clicks of yesterday and today so far. */
    long clicksSoFar() {
        return sent;
    }

    private static Object[] click(int i, Instant at) {
        return new Object[] {
            ("{\"event_id\":\"e%d\",\"ad_id\":%d,\"campaign_id\":%d,\"user_id\":\"u%d\",\"country\":\"DE\",\"device\":\"tv\","
                            + "\"cost_micros\":1000,\"is_valid\":true,\"clicked_at\":\"%s\"}")
                    .formatted(i, i % ADS, i % ADS % 20, i, at),
            at
        };
    }

    /** Of as many series as there are, one after the other. */
    private Object[] sample(int i, Instant at) {
        int s = i % series;
        StringBuilder labels = new StringBuilder("\"host\":\"host-%05d\"".formatted(s / METRICS));
        for (int label = 1; label < LABELS; label++) {
            labels.append(",\"label_%02d\":\"value-%03d-%s\"".formatted(label, s % (label * 7), "x".repeat(label % 9)));
        }
        return new Object[] {
            "{\"metric\":\"metric_%02d\",\"labels\":{%s},\"value\":%d,\"time\":\"%s\"}"
                    .formatted(s % METRICS, labels, s % 100, at),
            at
        };
    }
}
