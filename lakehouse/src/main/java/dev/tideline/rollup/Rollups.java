package dev.tideline.rollup;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.map_from_arrays;
import static org.apache.spark.sql.functions.map_from_entries;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.map_values;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.tideline.spark.Expressions;
import dev.tideline.spark.MergeNestedAggregates;
import dev.tideline.spark.TaskLocal;
import dev.tideline.spark.Total;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a rollup computes, rows in, rows out. Both layers and the view call these three and nothing else, so that there is no
 * second definition to drift.
 *
 * <p>A partial row is {@code event_date} (UTC), {@code window_start} (UTC), the dimensions, {@code _events} (how many events
 * are in it; readers do not see it) and the partial columns of each measure.
 */
public final class Rollups {
    /** Hidden count of the events in a row: what the audit adds up. */
    public static final String EVENTS = "_events";

    private static final String HASH = "_hash";

    private Rollups() {}

    /** The fields of an event that its partial rows are made of, in whatever case they are written. */
    public static Set<String> reads(Rollup rollup) {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        rollup.where().ifPresent(condition -> names.addAll(Expressions.fields(expr(condition))));
        rollup.dimensions().forEach(d -> names.addAll(Expressions.fields(expr(d.expression()))));
        rollup.measures()
                .forEach(m -> m.partial().values().forEach(column -> names.addAll(Expressions.fields(column))));
        return names;
    }

    /** Winning events to one partial row per key and minute. */
    public static Dataset<Row> partial(Dataset<Row> winners, Rollup rollup) {
        Dataset<Row> counted =
                rollup.where().map(Total::column).map(winners::where).orElse(winners);
        return results(grouped(counted, rollup, eventKeys(rollup), partials(rollup)), rollup);
    }

    /** The same for rows that each task aggregates for itself: one partial row per key, minute and task. */
    public static TaskLocal partial(TaskLocal winners, Rollup rollup) {
        TaskLocal counted =
                rollup.where().map(Total::column).map(winners::where).orElse(winners);
        List<Column> keys = eventKeys(rollup);
        TaskLocal grouped = sorts(rollup)
                ? counted.aggregateBySorting(keys, partials(rollup))
                : counted.aggregate(keys, partials(rollup));
        return grouped.select(results(rollup, grouped.columns()));
    }

    private static List<Column> eventKeys(Rollup rollup) {
        List<Column> keys = new ArrayList<>();
        rollup.dimensions().forEach(d -> addKeys(d, Total.column(d.expression()), isField(d), keys));
        keys.add(Grain.MINUTE.start(col("event_time")).as("window_start"));
        keys.add(col("event_date"));
        return keys;
    }

    private static List<Column> partials(Rollup rollup) {
        List<Column> aggregates = new ArrayList<>();
        aggregates.add(expr("count(1)").as(EVENTS));
        rollup.measures().forEach(m -> m.partial().forEach((name, column) -> aggregates.add(column.as(name))));
        return aggregates;
    }

    /** Partial rows to one partial row per key and window, with the {@code extra} aggregates beside. */
    public static Dataset<Row> merge(Dataset<Row> partials, Rollup rollup, Column... extra) {
        List<Column> keys = new ArrayList<>();
        rollup.dimensions().forEach(d -> addKeys(d, Columns.column(d.name()), true, keys));
        keys.add(col("window_start"));
        keys.add(col("event_date"));
        List<Column> aggregates = new ArrayList<>();
        aggregates.add(expr("sum(" + EVENTS + ")").as(EVENTS));
        rollup.measures().forEach(m -> m.merge().forEach((name, column) -> aggregates.add(column.as(name))));
        aggregates.addAll(List.of(extra));
        return results(MergeNestedAggregates.mergeable(grouped(partials, rollup, keys, aggregates)), rollup);
    }

    /** Partial rows with the window of {@code grain} that holds theirs, to be merged; minutes as they stand. */
    public static Dataset<Row> widen(Dataset<Row> partials, Grain grain) {
        return grain == Grain.MINUTE ? partials : partials.withColumn("window_start", grain.start(col("window_start")));
    }

    /** Merged partial rows to what readers see; {@code provisional} is taken over. */
    public static Dataset<Row> finish(Dataset<Row> merged, Rollup rollup) {
        return finish(merged, rollup, Map.of());
    }

    /**
     * The same, where some measures are not known of some rows: their columns are NULL there.
     *
     * @param unknown by the measure's name, of which rows
     */
    public static Dataset<Row> finish(Dataset<Row> merged, Rollup rollup, Map<String, Column> unknown) {
        Dataset<Row> finished = merged.select(aliased(finished(rollup, unknown)));
        if (rollup.derived().isEmpty()) {
            return finished;
        }
        return finished.select(Stream.concat(Stream.of(col("*")), Stream.of(aliased(derived(rollup))))
                .toArray(Column[]::new));
    }

    /** The columns that readers see of {@code rollup}, over events with the columns {@code events}. */
    public static StructType schema(StructType events, Rollup rollup) {
        StructType partial = new StructType()
                .add("window_start", DataTypes.TimestampType)
                .add("event_date", DataTypes.DateType)
                .add("provisional", DataTypes.BooleanType);
        for (Dimension dimension : rollup.dimensions()) {
            partial = partial.add(dimension.name(), dimension.type());
        }
        StructType merged = joined(partial, partialMeasures(events, rollup));
        StructType finished = new Expressions(merged).columns(rollup.name(), finished(rollup, Map.of()));
        return rollup.derived().isEmpty()
                ? finished
                : joined(finished, new Expressions(finished).columns(rollup.name(), derived(rollup)));
    }

    /**
     * What stands for the partial columns of each measure where it is missing, over events with the columns {@code events}: NULL, or what
     * there is of no event where its merge takes no NULL.
     */
    public static Map<String, Column> missing(StructType events, Rollup rollup) {
        StructType types = partialMeasures(events, rollup);
        Map<String, Column> missing = new LinkedHashMap<>();
        rollup.measures()
                .forEach(m -> m.partial()
                        .forEach((name, partial) -> missing.put(
                                name,
                                m.mergesNull()
                                        ? lit(null).cast(types.apply(name).dataType())
                                        : new Expressions(events).ofNoRow(rollup.name(), partial))));
        return missing;
    }

    private static StructType partialMeasures(StructType events, Rollup rollup) {
        Map<String, Column> measures = new LinkedHashMap<>();
        rollup.measures().forEach(m -> measures.putAll(m.partial()));
        return new Expressions(events).aggregates(rollup.name(), measures);
    }

    private static StructType joined(StructType first, StructType second) {
        return new StructType(Stream.concat(Stream.of(first.fields()), Stream.of(second.fields()))
                .toArray(StructField[]::new));
    }

    private static Map<String, Column> finished(Rollup rollup, Map<String, Column> unknown) {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("window_start", col("window_start"));
        columns.put("event_date", col("event_date"));
        rollup.dimensions().forEach(d -> columns.put(d.name(), Columns.column(d.name())));
        if (rollup.hasSeriesId()) {
            columns.put("series_id", seriesId(rollup.dimensions()));
        }
        rollup.measures()
                .forEach(m -> m.finish()
                        .forEach((name, column) -> columns.put(
                                name,
                                Optional.ofNullable(unknown.get(m.name()))
                                        .map(rows -> when(not(rows), column))
                                        .orElse(column))));
        columns.put("provisional", col("provisional"));
        return columns;
    }

    private static Map<String, Column> derived(Rollup rollup) {
        Map<String, Column> columns = new LinkedHashMap<>();
        rollup.derived().forEach((name, expression) -> columns.put(name, Total.column(expression)));
        return columns;
    }

    private static Column[] aliased(Map<String, Column> columns) {
        return columns.entrySet().stream().map(e -> e.getValue().as(e.getKey())).toArray(Column[]::new);
    }

    private static Column seriesId(List<Dimension> dimensions) {
        return xxhash64(dimensions.stream()
                .map(d -> isMap(d) ? map_entries(Columns.column(d.name())) : Columns.column(d.name()))
                .toArray(Column[]::new));
    }

    /**
     * Measures that Spark aggregates by sorting are sorted by a hash of the keys first, which nearly always decides: a number
     * in the sorter's own array, where the keys would have to be looked up and compared one by one.
     */
    private static Dataset<Row> grouped(Dataset<Row> rows, Rollup rollup, List<Column> keys, List<Column> aggregates) {
        List<Column> grouping = new ArrayList<>(keys);
        if (sorts(rollup)) {
            grouping.add(0, xxhash64(keys.toArray(Column[]::new)).as(HASH));
        }
        return rows.groupBy(grouping.toArray(Column[]::new))
                .agg(aggregates.get(0), aggregates.stream().skip(1).toArray(Column[]::new));
    }

    private static Dataset<Row> results(Dataset<Row> grouped, Rollup rollup) {
        return grouped.select(results(rollup, grouped.columns()).toArray(Column[]::new));
    }

    private static boolean sorts(Rollup rollup) {
        return rollup.measures().stream().anyMatch(Measure::sorts);
    }

    /** The columns of aggregated rows, each map put together again of its keys and values. */
    private static List<Column> results(Rollup rollup, String[] names) {
        Map<String, Column> columns = new LinkedHashMap<>();
        for (String name : names) {
            columns.put(name, Columns.column(name));
        }
        columns.remove(HASH);
        rollup.dimensions().stream().filter(Rollups::isMap).forEach(d -> {
            columns.remove(valuesOf(d));
            columns.put(
                    d.name(),
                    map_from_arrays(Columns.column(d.name()), Columns.column(valuesOf(d)))
                            .as(d.name()));
        });
        return List.copyOf(columns.values());
    }

    /**
     * What rows are grouped by for a dimension. Of a map its keys, sorted, and their values, which are copied as they lie: Spark
     * would sort each map anew, which takes longer than all else that is done with it.
     */
    private static void addKeys(Dimension dimension, Column value, boolean sorted, List<Column> keys) {
        if (!isMap(dimension)) {
            keys.add(value.as(dimension.name()));
            return;
        }
        Column map = sorted ? value : map_from_entries(sort_array(map_entries(value)));
        keys.add(map_keys(map).as(dimension.name()));
        keys.add(map_values(map).as(valuesOf(dimension)));
    }

    private static boolean isMap(Dimension dimension) {
        return dimension.type() instanceof MapType;
    }

    private static String valuesOf(Dimension dimension) {
        return "_" + dimension.name() + "_values";
    }

    /** Whether a dimension is a field as it was decoded, which sorts maps. */
    private static boolean isField(Dimension dimension) {
        return dimension.expression().matches("`?\\w+`?");
    }
}
