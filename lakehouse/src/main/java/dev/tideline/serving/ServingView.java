package dev.tideline.serving;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tideline.decode.Decoding;
import dev.tideline.lake.Visible;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
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
    public static Optional<Dataset<Row>> rollup(Pinned pinned, Rollup rollup, Grain grain) {
        return partials(pinned, rollup, grain)
                .map(rows -> Rollups.merge(rows, rollup, max("provisional").as("provisional")))
                .map(rows -> Rollups.finish(rows, rollup));
    }

    /**
     * The published generations' rows of {@code grain}, and the speed layer's beyond each day's horizon. All have their window
     * at that grain already, so that a filter on it reaches the batch's files as it is.
     */
    static Optional<Dataset<Row>> partials(Pinned pinned, Rollup rollup, Grain grain) {
        Column available = pinned.available(rollup);
        Optional<Dataset<Row>> batch = pinned.rows(pinned.lake().batch(rollup, grain))
                .map(rows -> rows.where(Visible.batch(pinned.resolution()).and(available)))
                .map(rows -> rows.select(columns(rollup, lit(false))));
        Optional<Dataset<Row>> speed = pinned.rows(pinned.lake().speed(rollup))
                .map(rows -> rows.where(Visible.speed(pinned.resolution()).and(available)))
                .map(rows -> Rollups.widen(rows, grain))
                .map(rows -> rows.select(columns(rollup, lit(true))));
        return batch.isPresent() && speed.isPresent()
                ? Optional.of(batch.get().union(speed.get()))
                : batch.or(() -> speed);
    }

    /** The accepted events as recorded: the feed's columns, {@code event_time}, {@code event_date} and coordinates. */
    public static Optional<Dataset<Row>> events(Pinned pinned) {
        return pinned.rows(pinned.lake().raw(pinned.feed()))
                .map(rows -> rows.where(Visible.recorded(pinned.archive().owners())))
                .map(rows -> rows.select(Decoding.eventColumns(pinned.feed())));
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
