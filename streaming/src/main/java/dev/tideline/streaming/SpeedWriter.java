package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.tideline.decode.Decoding;
import dev.tideline.decode.Duplicates;
import dev.tideline.feed.Feed;
import dev.tideline.feed.Rollup;
import dev.tideline.measure.Rollups;
import dev.tideline.table.KeptRows;
import dev.tideline.table.Lake;
import dev.tideline.table.Tag;
import dev.tideline.table.Together;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Partial aggregates of one micro-batch, for all rollups of the feed from one reading. */
final class SpeedWriter implements BatchWriter {
    private final Lake lake;
    private final Feed feed;

    SpeedWriter(Lake lake, Feed feed) {
        this.lake = lake;
        this.feed = feed;
    }

    @Override
    public Map<String, Long> write(Dataset<Row> decoded, long seq, String run) {
        Dataset<Row> needed = decoded.select(java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(col("reason")),
                        java.util.stream.Stream.of(Decoding.eventColumns(feed)))
                .toArray(Column[]::new));
        try (KeptRows kept = KeptRows.of(needed)) {
            Contents contents = contents(kept.rows());
            Dataset<Row> events = Decoding.accepted(kept.rows(), feed);
            List<Row> losers = contents.suspects().isEmpty() ? List.of() : losers(events, contents.suspects());
            Dataset<Row> winners = without(losers, Decoding.accepted(kept.apart(contents.consumed()), feed));
            Together.each(feed.rollups(), rollup -> append(winners, rollup, seq, run));
            return Map.of(
                    "consumed",
                    contents.consumed(),
                    "accepted",
                    contents.consumed() - contents.rejected(),
                    "rejected",
                    contents.rejected(),
                    "duplicate",
                    (long) losers.size());
        }
    }

    /** What one pass over a micro-batch tells: how many rows, and which hashes of ids stand more than once. */
    private record Contents(long consumed, long rejected, List<Long> suspects) {}

    private Contents contents(Dataset<Row> rows) {
        Row row = rows.select(
                        when(col("reason").isNull(), Duplicates.hash(feed)).as("id_hash"))
                .groupBy("id_hash")
                .count()
                .selectExpr(
                        "coalesce(sum(count), 0)",
                        "coalesce(sum(count) filter (where id_hash is null), 0)",
                        "collect_list(id_hash) filter (where count > 1 and id_hash is not null)")
                .head();
        return new Contents(row.getLong(0), row.getLong(1), row.getList(2));
    }

    /** Coordinates of each event that a duplicate in this micro-batch wins over: few, nearly always. */
    private List<Row> losers(Dataset<Row> events, List<Long> suspects) {
        Dataset<Row> contested = events.where(Duplicates.hash(feed).isInCollection(suspects));
        return Duplicates.losers(contested, feed).collectAsList();
    }

    private static Dataset<Row> without(List<Row> losers, Dataset<Row> events) {
        Map<List<Object>, List<Long>> offsets = losers.stream()
                .collect(Collectors.groupingBy(
                        r -> List.of(r.getString(0), r.getInt(1)),
                        Collectors.mapping(r -> r.getLong(2), Collectors.toList())));
        return offsets.entrySet().stream()
                .map(e -> col("kafka_topic_id")
                        .equalTo(e.getKey().get(0))
                        .and(col("kafka_partition").equalTo(e.getKey().get(1)))
                        .and(col("kafka_offset").isInCollection(e.getValue())))
                .reduce(Column::or)
                .map(lost -> events.where(not(lost)))
                .orElse(events);
    }

    private void append(Dataset<Row> winners, Rollup rollup, long seq, String run) {
        Dataset<Row> partials =
                Rollups.partial(winners, rollup).withColumn("seq", Tag.seq(seq)).withColumn("run", Tag.run(run));
        lake.speed(rollup).append(partials);
    }
}
