package dev.tideline.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.window;

import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.StructType;

/** One rollup beside what one would write with Structured Streaming alone. */
final class NaiveMeasure implements Measure {
    /** Times are ISO-8601 or epoch milliseconds; as a TIMESTAMP, {@code from_json} would take those for seconds. */
    private static final String SCHEMA = "event_id STRING, ad_id BIGINT, campaign_id BIGINT, cost_micros BIGINT, "
            + "is_valid BOOLEAN, clicked_at STRING";

    /** Never ahead of Kafka's own time: one clock that is a day fast would carry the watermark away with it. */
    private static final String TIME =
            "least(coalesce(timestamp_millis(try_cast(clicked_at AS BIGINT)), try_cast(clicked_at AS TIMESTAMP)), timestamp)";

    /**
     * Spark's default store keeps all state in the heap, and 2,000,000 clicks, of the 30,000,000 that ten minutes of the peak are,
     * fill it. So this is the store for more, as its guide says to set it up for speed.
     */
    private static final Map<String, String> STATE = Map.of(
            "spark.sql.streaming.stateStore.providerClass",
            "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
            "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled",
            "true",
            "spark.sql.streaming.stateStore.rocksdb.trackTotalNumberOfRows",
            "false");

    /** How often the speed layer reads everything to warm up: naive takes as long for once. */
    private static final int WARM = 4;

    @Override
    public int row() {
        return 2;
    }

    @Override
    public String name() {
        return "naive";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/bench/clicks-by-ad.yaml");
        SentClicks clicks = site.clicks();
        Lake[] lake = new Lake[1];
        List<String> tables = new ArrayList<>();
        STATE.forEach(site.spark().conf()::set);
        Map<String, Timed> medians = new Rounds()
                .with("speed layer, one rollup", Rounds.warmed(WARM, round -> {
                    lake[0] = site.lake();
                    return Streams.readAll(site, lake[0], feed, clicks.count(), Stream.SPEED);
                }))
                .with("naive, with dedupe", round -> run(site, clicks, true, tables))
                .with("naive, without dedupe", round -> run(site, clicks, false, tables))
                .run(site.size().rounds(), site);
        Oracle.check(site, lake[0], feed, clicks);
        STATE.keySet().forEach(site.spark().conf()::unset);
        tables.forEach(table -> checkVisible(site.spark().read().format("delta").load(table), clicks.count()));
        Timed speed = medians.get("speed layer, one rollup");
        Timed deduped = medians.get("naive, with dedupe");
        Timed plain = medians.get("naive, without dedupe");
        return List.of(
                Figure.rate(2, "speed layer, one rollup", speed, "clicks/s"),
                Figure.rate(2, "naive streaming with dedupe", deduped, "clicks/s"),
                Figure.rate(2, "naive streaming without", plain, "clicks/s"),
                Figure.of(2, "one rollup, faster than naive with dedupe", speed.rate() / deduped.rate(), "times")
                        .towards(5, 8, 12),
                Figure.of(2, "one rollup, faster than naive without", speed.rate() / plain.rate(), "times")
                        .towards(2, 3.5, 5));
    }

    /**
     * A query with a watermark, whose answer lacks what is late; it counts as many records as it was given. At the end comes one
     * click of now: only a later one lets the watermark pass, and makes all that was counted visible.
     */
    private static long run(Site site, SentClicks clicks, boolean dedupe, List<String> tables) throws Exception {
        String end = clicks.topic() + "-end-" + System.nanoTime();
        site.kafka().createTopic(end, 1);
        Dataset<Row> events = site.spark()
                .readStream()
                .format("kafka")
                .option("kafka.bootstrap.servers", site.kafka().bootstrapServers())
                .option("subscribe", clicks.topic() + "," + end)
                .option("startingOffsets", "earliest")
                .option("maxOffsetsPerTrigger", site.options(Duration.ZERO).maxOffsets())
                .load()
                .select(
                        from_json(col("value").cast("string"), StructType.fromDDL(SCHEMA))
                                .as("event"),
                        col("timestamp"))
                .select("event.*", "timestamp")
                .where("is_valid")
                .withColumn("event_time", expr(TIME))
                .withWatermark("event_time", "10 minutes");
        Dataset<Row> distinct = dedupe ? events.dropDuplicatesWithinWatermark("event_id") : events;
        Path out = site.dir().resolve("naive-" + System.nanoTime());
        String table = out.resolve("table").toString();
        StreamingQuery query = distinct.groupBy(window(col("event_time"), "1 minute"), col("ad_id"), col("campaign_id"))
                .agg(count(lit(1)).as("clicks"), sum("cost_micros").as("cost_micros"))
                .writeStream()
                .format("delta")
                .outputMode("append")
                .option("checkpointLocation", out.resolve("checkpoint").toString())
                .trigger(Trigger.ProcessingTime(100))
                .start(table);
        try {
            query.processAllAvailable();
            try (ClickSender sender = ClickSender.to(site.kafka().bootstrapServers(), end)) {
                sender.send(
                        ClickGenerator.of(Clicks.seeded(1).onPartitions(1).with(Clicks.Disorder.NONE), Instant.now()),
                        1,
                        Pace.flatOut(),
                        ClickSender.Receipt.NONE);
            }
            query.processAllAvailable();
        } finally {
            query.stop();
        }
        tables.add(table);
        return clicks.count();
    }

    /** All but the invalid, the late and the repeated ones, which are few. */
    private static void checkVisible(Dataset<Row> answer, long sent) {
        long visible = answer.agg(sum("clicks")).head().getLong(0);
        if (visible < sent * 0.9 || visible > sent) {
            throw new IllegalStateException("naive streaming shows %,d of %,d clicks".formatted(visible, sent));
        }
    }
}
