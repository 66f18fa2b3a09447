package dev.tideline.lake;

import dev.tideline.feed.Feed;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.Ledger;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.Stream;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.Parallel;
import dev.tideline.spark.Sessions;
import dev.tideline.table.LakeTable;
import dev.tideline.table.LedgerTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * All tables under one root, a folder or {@code s3a://bucket/prefix}. Tables of a rollup carry its definition's fingerprint
 * in their path, so that a changed definition never mixes with what was computed before.
 */
public final class Lake {
    private static final Map<String, String> BATCH = Map.of("delta.enableDeletionVectors", "false");

    /** Tables created at the same time: creating one mostly waits for the store. */
    private static final int CREATED_AT_ONCE = 4;

    private final SparkSession spark;
    private final String root;
    private final LakeLedgers ledgers;
    private final FeedCatalog feeds;

    private Lake(SparkSession spark, String root) {
        this.spark = spark;
        this.ledgers = LakeLedgers.at(
                root, Sessions.hadoop(spark), (path, columns) -> new LedgerTable(new LakeTable(spark, path), columns));
        this.root = ledgers.root();
        this.feeds = new FeedCatalog(ledgers.feeds(), rollup -> speed(rollup).exists());
    }

    public static Lake at(SparkSession spark, String root) {
        return new Lake(spark, root);
    }

    /** The same lake on a session of its own, whose views nobody else sees. */
    public Lake apart() {
        return at(Sessions.clone(spark), root);
    }

    public String root() {
        return root;
    }

    public SparkSession spark() {
        return spark;
    }

    /** The ledgers, which can also be read without a session. */
    public LakeLedgers ledgers() {
        return ledgers;
    }

    /** Accepted records of a feed, partitioned by event date. */
    public LakeTable raw(Feed feed) {
        return table("raw/" + feed.name());
    }

    /** Refused records of all feeds. */
    public LakeTable rejected() {
        return table("rejected");
    }

    /** The speed layer's partials: for each seq and run, of each key and minute a row or, by large micro-batches, a few. */
    public LakeTable speed(Rollup rollup) {
        return speed(rollup.name(), rollup.fingerprint());
    }

    /** The same of a definition that may be another than today's. */
    public LakeTable speed(String rollup, String fingerprint) {
        return table("speed/" + rollup + "/" + fingerprint);
    }

    /** The batch layer's partials: one row per key, window and generation. */
    public LakeTable batch(Rollup rollup, Grain grain) {
        return batch(rollup.name(), rollup.fingerprint(), grain);
    }

    /** The same of a definition that may be another than today's. */
    public LakeTable batch(String rollup, String fingerprint, Grain grain) {
        return table("batch/" + rollup + "_" + grain.suffix() + "/" + fingerprint);
    }

    public ProgressLedger progress(Feed feed, Stream stream) {
        return ledgers.progress(feed.name(), stream);
    }

    /** The same as a table. */
    public LakeTable progressTable(Feed feed, Stream stream) {
        return table(LakeLedgers.progressName(feed.name(), stream));
    }

    public DayLedger days() {
        return ledgers.days();
    }

    /** The same as a table. */
    public LakeTable daysTable() {
        return table("days");
    }

    /** What the evaluator of alert rules records: its state and all that it told. */
    public <T> Ledger<T> alerts(Class<T> record) {
        return ledgers.alerts(record);
    }

    /** The same as a table. */
    public LakeTable alerts() {
        return table("alerts");
    }

    /** The feeds that streams of this lake have declared. */
    public FeedCatalog feeds() {
        return feeds;
    }

    /**
     * Creates the tables that a feed's streams and recomputes write, and widens them to new columns.
     *
     * @param events columns of accepted records
     * @param refused columns of refused records
     * @param partials columns of each rollup's partial rows
     */
    public void create(Feed feed, StructType events, StructType refused, Map<Rollup, StructType> partials) {
        List<Runnable> tables = new ArrayList<>();
        tables.add(() -> raw(feed)
                .create(
                        written(events),
                        List.of("event_date"),
                        streamed("seq,event_time,kafka_partition,kafka_offset,kafka_timestamp")));
        tables.add(() -> rejected()
                .create(written(refused), List.of(), streamed("seq,kafka_partition,kafka_offset,kafka_timestamp")));
        partials.forEach((rollup, schema) -> {
            tables.add(
                    () -> speed(rollup).create(written(schema), List.of("event_date"), streamed("seq,window_start")));
            for (Grain grain : Grain.values()) {
                tables.add(() -> batch(rollup, grain)
                        .create(
                                nullable(schema).add("generation", "string"),
                                List.of("event_date", "generation"),
                                BATCH));
            }
        });
        Parallel.forEach(tables, CREATED_AT_ONCE, Runnable::run);
    }

    /**
     * Of tables that get a commit each micro-batch: the log short, its listing cheap, and the least and greatest value of a
     * file noted only where a query skips files by it.
     */
    private static Map<String, String> streamed(String skippedBy) {
        return Map.of(
                "delta.logRetentionDuration", "interval 2 days",
                "delta.deletedFileRetentionDuration", "interval 2 days",
                "delta.checkpointInterval", "50",
                "delta.dataSkippingStatsColumns", skippedBy,
                "delta.enableDeletionVectors", "false");
    }

    private static StructType written(StructType schema) {
        return nullable(schema).add("seq", "bigint").add("run", "string");
    }

    private static StructType nullable(StructType schema) {
        StructType all = new StructType();
        for (StructField field : schema.fields()) {
            all = all.add(field.name(), field.dataType(), true);
        }
        return all;
    }

    private LakeTable table(String name) {
        return new LakeTable(spark, root + "/" + name);
    }
}
