package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.decode.Duplicates;
import dev.tideline.feed.Feed;
import dev.tideline.feed.Rollup;
import dev.tideline.measure.Rollups;
import dev.tideline.table.Lake;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** Partial aggregates of one micro-batch, for all rollups of the feed from one reading. */
final class SpeedWriter implements BatchWriter {
    private final Lake lake;
    private final Feed feed;
    private final Executor executor;

    SpeedWriter(Lake lake, Feed feed, Executor executor) {
        this.lake = lake;
        this.feed = feed;
        this.executor = executor;
    }

    @Override
    public Map<String, Long> write(Dataset<Row> decoded, long seq, String run) {
        Dataset<Row> rows = decoded.select(java.util.stream.Stream.concat(
                                java.util.stream.Stream.of(col("reason")), java.util.stream.Stream.of(Decoding.eventColumns(feed)))
                        .toArray(Column[]::new))
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            Map<String, Long> counts = counts(rows);
            Dataset<Row> events = Decoding.accepted(rows, feed);
            Dataset<Row> winners = winners(events, counts);
            CompletableFuture.allOf(feed.rollups().stream()
                            .map(rollup -> CompletableFuture.runAsync(() -> append(winners, rollup, seq, run), executor))
                            .toArray(CompletableFuture[]::new))
                    .join();
            return counts;
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            rows.unpersist();
        }
    }

    private static Map<String, Long> counts(Dataset<Row> rows) {
        Row counted = rows.selectExpr("count(1)", "count(reason)").head();
        Map<String, Long> counts = new HashMap<>();
        counts.put("consumed", counted.getLong(0));
        counts.put("accepted", counted.getLong(0) - counted.getLong(1));
        counts.put("rejected", counted.getLong(1));
        return counts;
    }

    /** Nearly always no two events share a hash, and then all of them win. */
    private Dataset<Row> winners(Dataset<Row> events, Map<String, Long> counts) {
        List<Long> suspects = Duplicates.suspects(events, feed).as(Encoders.LONG()).collectAsList();
        if (suspects.isEmpty()) {
            counts.put("duplicate", 0L);
            return events;
        }
        Dataset<Row> hashes = lake.spark().createDataset(suspects, Encoders.LONG()).toDF("id_hash");
        Dataset<Row> winners = Duplicates.winners(events, hashes, feed);
        counts.put("duplicate", counts.get("accepted") - winners.count());
        return winners;
    }

    private void append(Dataset<Row> winners, Rollup rollup, long seq, String run) {
        Dataset<Row> partials = Rollups.partial(winners, rollup).withColumn("seq", lit(seq)).withColumn("run", lit(run));
        lake.speed(rollup).append(partials, run + "/" + seq);
    }
}
