package dev.tideline.serving;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tideline.decode.Decoding;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.table.LakeTable;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What readers see of a rollup: {@code window_start} (TIMESTAMP, UTC), {@code event_date} (UTC), the dimensions, the finished
 * measures and {@code provisional} (some of the row comes from the speed layer). One row per key and window.
 */
public final class ServingView {
    private ServingView() {}

    /** The rollup at {@code grain}; empty when nothing was ever written for it. */
    public static Optional<Dataset<Row>> rollup(Lake lake, FeedSnapshot snapshot, Rollup rollup, Grain grain) {
        return partials(lake, snapshot, rollup, grain)
                .map(rows -> Rollups.merge(rows, rollup, max("provisional").as("provisional")))
                .map(rows -> Rollups.finish(rows, rollup));
    }

    /**
     * The published generations' rows of {@code grain}, and the speed layer's beyond each day's horizon. All have their window
     * at that grain already, so that a filter on it reaches the batch's files as it is.
     */
    static Optional<Dataset<Row>> partials(Lake lake, FeedSnapshot snapshot, Rollup rollup, Grain grain) {
        Optional<Dataset<Row>> batch = FeedSnapshots.rows(snapshot, lake.batch(rollup, grain))
                .map(rows -> rows.where(RowFilters.of(snapshot.batchRows(rollup))))
                .map(rows -> rows.select(columns(rollup, lit(false))));
        LakeTable partials = lake.speed(rollup);
        Optional<Dataset<Row>> speed = snapshot.version(partials.path())
                .map(version -> partials.at(version)
                        .where(RowFilters.of(snapshot.speedRows(rollup, partials.leastSeq(version)))))
                .map(rows -> Rollups.widen(rows, grain))
                .map(rows -> rows.select(columns(rollup, lit(true))));
        return batch.isPresent() && speed.isPresent()
                ? Optional.of(batch.get().union(speed.get()))
                : batch.or(() -> speed);
    }

    /** The accepted events as recorded: the feed's columns, {@code event_time}, {@code event_date} and coordinates. */
    public static Optional<Dataset<Row>> events(Lake lake, FeedSnapshot snapshot) {
        LakeTable raw = lake.raw(snapshot.feed());
        return snapshot.version(raw.path())
                .map(version -> raw.at(version).where(RowFilters.recorded(snapshot.rawRows(raw.leastSeq(version)))))
                .map(rows -> rows.select(Decoding.eventColumns(snapshot.feed())));
    }

    private static Column[] columns(Rollup rollup, Column provisional) {
        Stream<Column> names = Stream.of(
                        rollup.dimensions().stream().map(Dimension::name), Rollups.partialColumns(rollup).stream())
                .flatMap(columns -> columns)
                .map(name -> col("`" + name + "`"));
        return Stream.of(
                        Stream.of(col("event_date"), col("window_start")),
                        names,
                        Stream.of(provisional.as("provisional")))
                .flatMap(columns -> columns)
                .toArray(Column[]::new);
    }
}
