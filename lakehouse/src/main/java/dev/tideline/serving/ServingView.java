package dev.tideline.serving;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.tideline.decode.Decoding;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.RollupDays;
import dev.tideline.protocol.Days;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Measure;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.table.LakeTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
        // What merges to NULL is left to be merged: a query that adds it up need not wait for the rows of each key.
        Map<String, Column> unknown = new TreeMap<>();
        snapshot.days(rollup)
                .missing()
                .forEach((measure, days) -> rollup.measures().stream()
                        .filter(m -> m.name().equals(measure) && !m.isNullOfNulls())
                        .forEach(m -> unknown.put(measure, RowFilters.on(days))));
        return partials(lake, snapshot, rollup, grain)
                .map(rows -> Rollups.merge(rows, rollup, max("provisional").as("provisional")))
                .map(rows -> Rollups.finish(rows, rollup, unknown));
    }

    /**
     * The published generations' rows of {@code grain}, and the speed layer's beyond each day's horizon, of the rollup as it is defined now
     * and as it was where days are read by that. All have their window at that grain already, so that a filter on it reaches the batch's
     * files as it is. The partial columns of a measure are those of {@link Rollups#missing} on days on which it is missing.
     */
    static Optional<Dataset<Row>> partials(Lake lake, FeedSnapshot snapshot, Rollup rollup, Grain grain) {
        RollupDays days = snapshot.days(rollup);
        List<Dataset<Row>> parts =
                new ArrayList<>(parts(lake, snapshot, rollup, rollup.fingerprint(), days.available(), Set.of(), grain));
        days.predecessors()
                .forEach((print, lacked) ->
                        parts.addAll(parts(lake, snapshot, rollup, print, days.readBy(print), lacked, grain)));
        return parts.stream().reduce(Dataset::union);
    }

    private static List<Dataset<Row>> parts(
            Lake lake,
            FeedSnapshot snapshot,
            Rollup rollup,
            String fingerprint,
            Days days,
            Set<String> lacked,
            Grain grain) {
        List<Column> columns = columns(snapshot, rollup, lacked);
        List<Dataset<Row>> parts = new ArrayList<>();
        FeedSnapshots.rows(snapshot, lake.batch(rollup.name(), fingerprint, grain))
                .map(rows -> rows.where(RowFilters.of(snapshot.resolution().batchRows(days))))
                .map(rows -> select(rows, columns, false))
                .ifPresent(parts::add);
        LakeTable partials = lake.speed(rollup.name(), fingerprint);
        snapshot.version(partials.path())
                .map(version -> partials.at(version)
                        .where(RowFilters.of(
                                snapshot.resolution().speedRows(days).from(partials.leastSeq(version)))))
                .map(rows -> select(Rollups.widen(rows, grain), columns, true))
                .ifPresent(parts::add);
        return parts;
    }

    /** The accepted events as recorded: the feed's columns, {@code event_time}, {@code event_date} and coordinates. */
    public static Optional<Dataset<Row>> events(Lake lake, FeedSnapshot snapshot) {
        LakeTable raw = lake.raw(snapshot.feed());
        return snapshot.version(raw.path())
                .map(version -> raw.at(version).where(RowFilters.recorded(snapshot.rawRows(raw.leastSeq(version)))))
                .map(rows -> rows.select(Decoding.eventColumns(snapshot.feed())));
    }

    private static Dataset<Row> select(Dataset<Row> rows, List<Column> columns, boolean provisional) {
        return rows.select(
                Stream.concat(columns.stream(), Stream.of(lit(provisional).as("provisional")))
                        .toArray(Column[]::new));
    }

    /** The columns of a partial row, of a table that lacks some measures. */
    private static List<Column> columns(FeedSnapshot snapshot, Rollup rollup, Set<String> lacked) {
        List<Column> columns = new ArrayList<>(List.of(col("event_date"), col("window_start")));
        rollup.dimensions().forEach(d -> columns.add(column(d.name())));
        columns.add(col(Rollups.EVENTS));
        Map<String, Days> missing = snapshot.days(rollup).missing();
        Map<String, Column> nothing =
                missing.isEmpty() ? Map.of() : Rollups.missing(Decoding.events(snapshot.feed()), rollup);
        for (Measure measure : rollup.measures()) {
            for (String name : measure.merge().keySet()) {
                if (lacked.contains(measure.name())) {
                    columns.add(nothing.get(name).as(name));
                } else if (missing.containsKey(measure.name())) {
                    // Half of a day's events have it: no number is better than a wrong one.
                    columns.add(when(not(RowFilters.on(missing.get(measure.name()))), column(name))
                            .otherwise(nothing.get(name))
                            .as(name));
                } else {
                    columns.add(column(name));
                }
            }
        }
        return columns;
    }

    private static Column column(String name) {
        return col("`" + name + "`");
    }
}
