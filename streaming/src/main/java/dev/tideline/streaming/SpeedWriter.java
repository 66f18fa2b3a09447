package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.tideline.decode.Decoding;
import dev.tideline.decode.Duplicates;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.spark.ByteBudget;
import dev.tideline.spark.KeptRows;
import dev.tideline.spark.LongSet;
import dev.tideline.spark.OffsetSets;
import dev.tideline.spark.Parallel;
import dev.tideline.spark.RepeatedHashes;
import dev.tideline.spark.Tag;
import dev.tideline.spark.TaskLocal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Partial aggregates of one micro-batch, for all rollups of the feed from one reading. */
final class SpeedWriter implements BatchWriter {
    private final Lake lake;
    private final Feed feed;
    /** The columns that rollups are made of, or that duplicates are found by. */
    private final Set<String> needed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    SpeedWriter(Lake lake, Feed feed) {
        this.lake = lake;
        this.feed = feed;
        needed.addAll(List.of("reason", "event_time", "event_date"));
        needed.addAll(Decoding.COORDINATES);
        needed.addAll(feed.id());
        feed.rollups().forEach(rollup -> needed.addAll(Rollups.reads(rollup)));
    }

    @Override
    public Written write(Dataset<Row> decoded, long seq, String run, Optional<ByteBudget> budget) {
        Column[] columns = Stream.of(decoded.columns())
                .filter(needed::contains)
                .map(name -> col("`" + name + "`"))
                .toArray(Column[]::new);
        try (KeptRows kept = KeptRows.of(decoded.select(columns), budget)) {
            RepeatedHashes.Tally ids =
                    RepeatedHashes.tally(kept.rows().select(when(col("reason").isNull(), Duplicates.hash(feed))));
            kept.requireFewDates(budget);
            Dataset<Row> events = accepted(kept.rows());
            List<Row> losers = ids.repeated().isEmpty() ? List.of() : losers(events, ids.repeated());
            TaskLocal winners = without(
                    losers, kept.taskLocal(ids.rows()).where(col("reason").isNull()));
            Parallel.forEach(feed.rollups(), rollup -> append(winners, rollup, seq, run));
            return new Written(
                    Map.of(
                            "consumed",
                            ids.rows(),
                            "accepted",
                            ids.rows() - ids.nulls(),
                            "rejected",
                            ids.nulls(),
                            "duplicate",
                            (long) losers.size()),
                    Set.of(),
                    kept.bytes());
        }
    }

    private static Dataset<Row> accepted(Dataset<Row> rows) {
        return rows.where(col("reason").isNull()).drop("reason");
    }

    /** Coordinates of each event that a duplicate in this micro-batch wins over: few, nearly always. */
    private List<Row> losers(Dataset<Row> events, List<Long> suspects) {
        Dataset<Row> contested = events.where(LongSet.of(suspects).has(Duplicates.hash(feed)));
        return Duplicates.losers(contested, feed).collectAsList();
    }

    private TaskLocal without(List<Row> losers, TaskLocal events) {
        if (losers.isEmpty()) {
            return events;
        }
        Map<SourcePartition, List<Long>> offsets = losers.stream()
                .collect(Collectors.groupingBy(
                        r -> new SourcePartition(feed.topic(), r.getString(0), r.getInt(1)),
                        Collectors.mapping(r -> r.getLong(2), Collectors.toList())));
        Map<SourcePartition, LongSet> sets = new TreeMap<>();
        offsets.forEach((partition, some) -> sets.put(partition, LongSet.of(some)));
        return events.where(not(new OffsetSets(sets).hold()));
    }

    private void append(TaskLocal winners, Rollup rollup, long seq, String run) {
        TaskLocal partials =
                Rollups.partial(winners, rollup).withColumn("seq", Tag.seq(seq)).withColumn("run", Tag.run(run));
        lake.speed(rollup).append(partials.rows());
    }
}
