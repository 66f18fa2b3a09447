package dev.tideline.operations;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.FeedSnapshots;
import dev.tideline.serving.ServingView;
import java.sql.Date;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Days with raw rows beyond their horizon (late events came after they were settled, or they never were), or with a rollup that
 * not all of their events went into.
 */
public final class DirtyDays {
    private DirtyDays() {}

    /**
     * The dirty days before {@code before} (today, whose events still arrive, is not worth settling yet), oldest first. Held
     * and sealed days are left out: a recompute of them would be refused.
     */
    public static List<LocalDate> find(Lake lake, Feed feed, LocalDate before) {
        FeedSnapshot now = FeedSnapshots.now(lake, feed);
        Optional<Dataset<Row>> events = ServingView.events(lake, now);
        if (events.isEmpty()) {
            return List.of();
        }
        Dataset<Row> ends = events.get()
                .where(col("event_date").lt(lit(Date.valueOf(before))))
                .groupBy("event_date", "kafka_topic", "kafka_topic_id", "kafka_partition")
                .agg(max("kafka_offset"));
        TreeSet<LocalDate> dirty = new TreeSet<>();
        for (Row end : ends.collectAsList()) {
            LocalDate date = end.getDate(0).toLocalDate();
            Day day = now.resolution().day(date);
            Cut settled = day.horizon().map(h -> h.cut()).orElse(Cut.NOTHING);
            boolean beyond = !settled.covers(
                    new SourcePartition(end.getString(1), end.getString(2), end.getInt(3)), end.getLong(4));
            boolean lacking = feed.rollups().stream().anyMatch(rollup -> !now.available(rollup, date));
            if ((beyond || lacking) && !day.held() && !day.sealed()) {
                dirty.add(date);
            }
        }
        return List.copyOf(dirty);
    }
}
