package dev.tideline.serving;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Days;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;

/**
 * A rollup asked for a period, at wider windows and by fewer dimensions than it is kept: the merge of its partials, so that
 * every measure, sketches among them, is what it would be over the events themselves. Values come as data and never become SQL.
 *
 * @param from whole minutes, the first window
 * @param to whole minutes, the first window that is left out
 * @param step how long a window is, whole minutes, aligned to 1970; the whole period is one window when empty
 * @param by what rows are grouped by: dimensions, or keys of the one dimension that is a map of labels
 * @param filter what they must equal, as text
 */
public record RollupQuery(
        Rollup rollup, Instant from, Instant to, Optional<Duration> step, List<String> by, Map<String, String> filter) {
    private static final long MINUTE = 60_000L;

    /**
     * @throws CannotException when the period is empty or not of whole minutes, or the rollup has no such dimension or label
     */
    public RollupQuery {
        by = List.copyOf(by);
        filter = Map.copyOf(filter);
        if (from.toEpochMilli() % MINUTE != 0 || to.toEpochMilli() % MINUTE != 0 || !from.isBefore(to)) {
            throw new CannotException("Cannot ask from " + from + " to " + to
                    + ": a period begins and ends at whole minutes (UTC), and ends after it begins");
        }
        if (step.isPresent() && (step.get().toMillis() < MINUTE || step.get().toMillis() % MINUTE != 0)) {
            throw new CannotException(
                    "Cannot ask in steps of " + step.get() + ": a step is whole minutes (1m, 5m, 1h)");
        }
        for (String name : by) {
            dimension(rollup, name);
        }
        for (Map.Entry<String, String> equal : filter.entrySet()) {
            requireValue(dimension(rollup, equal.getKey()), equal.getValue());
        }
    }

    /** Whether {@code rollup} can be asked by {@code name}. */
    public static boolean knows(Rollup rollup, String name) {
        return named(rollup, name).or(() -> labels(rollup)).isPresent();
    }

    /** The name of the column that holds the value of {@code by.get(i)}: a label may have any name, that of a measure too. */
    public static String byColumn(int i) {
        return "_by" + i;
    }

    /**
     * One row per window and group: {@code window_start} (TIMESTAMP, UTC; {@code from} where there is no step), a column
     * {@link #byColumn} each, the measures and derived columns, and {@code provisional}. Empty when nothing was ever written.
     */
    public Optional<Dataset<Row>> rows(Lake lake, FeedSnapshot snapshot) {
        return ServingView.partials(lake, snapshot, rollup, grain())
                .map(partials -> answer(partials, snapshot.days(rollup).missing()));
    }

    /** Hours where windows and period are made of hours, which are far fewer rows. */
    Grain grain() {
        long hour = Duration.ofHours(1).toMillis();
        boolean whole = from.toEpochMilli() % hour == 0
                && to.toEpochMilli() % hour == 0
                && step.map(s -> s.toMillis() % hour == 0).orElse(true);
        return whole ? Grain.HOUR : Grain.MINUTE;
    }

    /** @param missing days on which a measure is missing: a window that holds one of them has no number for it, nor derives one */
    private Dataset<Row> answer(Dataset<Row> partials, Map<String, Days> missing) {
        Dataset<Row> rows = partials.where(inPeriod());
        for (Map.Entry<String, String> equal : filter.entrySet()) {
            Dimension dimension = dimension(rollup, equal.getKey());
            rows = rows.where(
                    value(equal.getKey()).equalTo(lit(equal.getValue()).cast(dimension.type())));
        }
        List<Dimension> groups = new ArrayList<>();
        Map<String, Column> columns = new LinkedHashMap<>();
        for (int i = 0; i < by.size(); i++) {
            Dimension dimension = dimension(rollup, by.get(i));
            groups.add(new Dimension(byColumn(i), byColumn(i), dimension.type()));
            columns.put(byColumn(i), value(by.get(i)));
        }
        List<Column> aggregates = new ArrayList<>(List.of(max("provisional").as("provisional")));
        Map<String, Column> unknown = new HashMap<>();
        missing.forEach((measure, days) -> {
            String flag = "_without_" + measure;
            columns.put(flag, RowFilters.on(days));
            aggregates.add(max(flag).as(flag));
            unknown.put(measure, col("`" + flag + "`"));
        });
        Column window = step.map(s -> Grain.start(col("window_start"), s)).orElse(lit(Timestamp.from(from)));
        columns.put("window_start", window);
        rows = rows.withColumns(columns).withColumn("event_date", Grain.date(col("window_start")));
        Rollup narrowed = new Rollup(rollup.name(), Optional.empty(), groups, rollup.measures(), rollup.derived());
        Dataset<Row> merged = Rollups.merge(rows, narrowed, aggregates.toArray(Column[]::new));
        return Rollups.finish(merged, narrowed, unknown).drop("event_date", "series_id");
    }

    private Column inPeriod() {
        Column window = col("window_start");
        Column date = col("event_date");
        return window.geq(lit(Timestamp.from(from)))
                .and(window.lt(lit(Timestamp.from(to))))
                .and(date.geq(lit(Date.valueOf(day(from)))))
                .and(date.leq(lit(Date.valueOf(day(to.minusMillis(1))))));
    }

    private static LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }

    /** A label that a series lacks is empty, as in Prometheus. */
    private Column value(String name) {
        return named(rollup, name)
                .map(d -> col("`" + d.name() + "`"))
                .orElseGet(() -> coalesce(
                        col("`" + labels(rollup).orElseThrow().name() + "`").getItem(name), lit("")));
    }

    private static Dimension dimension(Rollup rollup, String name) {
        return named(rollup, name)
                .or(() -> labels(rollup).map(map -> new Dimension(name, name, DataTypes.StringType)))
                .orElseThrow(() -> new CannotException("Cannot ask " + rollup.name() + " by " + name + ": it has "
                        + String.join(
                                ", ",
                                rollup.dimensions().stream()
                                        .map(Dimension::name)
                                        .toList())));
    }

    private static Optional<Dimension> named(Rollup rollup, String name) {
        return rollup.dimensions().stream()
                .filter(d -> d.name().equals(name) && !(d.type() instanceof MapType))
                .findFirst();
    }

    private static Optional<Dimension> labels(Rollup rollup) {
        List<Dimension> maps = rollup.dimensions().stream()
                .filter(d -> d.type() instanceof MapType map && map.valueType().equals(DataTypes.StringType))
                .toList();
        return maps.size() == 1 ? Optional.of(maps.get(0)) : Optional.empty();
    }

    private static void requireValue(Dimension dimension, String value) {
        DataType type = dimension.type();
        boolean fits = !(type.equals(DataTypes.LongType) || type.equals(DataTypes.IntegerType))
                || value.matches("-?\\d{1,18}");
        if (!fits) {
            throw new CannotException("Cannot ask for " + dimension.name() + " " + value + ": it is a whole number");
        }
    }
}
