package dev.tideline.rollup;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.map_from_arrays;
import static org.apache.spark.sql.functions.map_from_entries;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.map_values;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.classic.ColumnNodeToExpressionConverter$;
import org.apache.spark.sql.types.MapType;
import scala.jdk.javaapi.CollectionConverters;

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
        rollup.where().ifPresent(condition -> addNames(expr(condition), names));
        rollup.dimensions().forEach(d -> addNames(expr(d.expression()), names));
        rollup.measures().forEach(m -> m.partial().values().forEach(column -> addNames(column, names)));
        return names;
    }

    private static void addNames(Column column, Set<String> names) {
        addNames(ColumnNodeToExpressionConverter$.MODULE$.apply(column.node()), names);
    }

    private static void addNames(Expression expression, Set<String> names) {
        if (expression instanceof UnresolvedAttribute attribute) {
            names.add(attribute.nameParts().head());
        }
        CollectionConverters.asJava(expression.children()).forEach(child -> addNames(child, names));
    }

    /** Winning events to one partial row per key and minute. */
    public static Dataset<Row> partial(Dataset<Row> winners, Rollup rollup) {
        Dataset<Row> counted = rollup.where().map(winners::where).orElse(winners);
        List<Column> keys = new ArrayList<>();
        rollup.dimensions().forEach(d -> addKeys(d, expr(d.expression()), isField(d), keys));
        keys.add(Grain.MINUTE.start(col("event_time")).as("window_start"));
        keys.add(col("event_date"));
        List<Column> aggregates = new ArrayList<>();
        aggregates.add(expr("count(1)").as(EVENTS));
        rollup.measures().forEach(m -> m.partial().forEach((name, column) -> aggregates.add(column.as(name))));
        return aggregate(counted, rollup, keys, aggregates);
    }

    /** Partial rows to one partial row per key and window, with the {@code extra} aggregates beside. */
    public static Dataset<Row> merge(Dataset<Row> partials, Rollup rollup, Column... extra) {
        List<Column> keys = new ArrayList<>();
        rollup.dimensions().forEach(d -> addKeys(d, Parts.column(d.name()), true, keys));
        keys.add(col("window_start"));
        keys.add(col("event_date"));
        List<Column> aggregates = new ArrayList<>();
        aggregates.add(expr("sum(" + EVENTS + ")").as(EVENTS));
        rollup.measures().forEach(m -> m.merge().forEach((name, column) -> aggregates.add(column.as(name))));
        aggregates.addAll(List.of(extra));
        return aggregate(partials, rollup, keys, aggregates);
    }

    /** Partial rows with the window of {@code grain} that holds theirs, to be merged; minutes as they stand. */
    public static Dataset<Row> widen(Dataset<Row> partials, Grain grain) {
        return grain == Grain.MINUTE ? partials : partials.withColumn("window_start", grain.start(col("window_start")));
    }

    /** Merged partial rows to what readers see; {@code provisional} is taken over. */
    public static Dataset<Row> finish(Dataset<Row> merged, Rollup rollup) {
        List<Column> columns = new ArrayList<>(List.of(col("window_start"), col("event_date")));
        rollup.dimensions().forEach(d -> columns.add(Parts.column(d.name())));
        if (rollup.hasSeriesId()) {
            columns.add(seriesId(rollup.dimensions()).as("series_id"));
        }
        rollup.measures().forEach(m -> m.finish().forEach((name, column) -> columns.add(column.as(name))));
        columns.add(col("provisional"));
        Dataset<Row> finished = merged.select(columns.toArray(Column[]::new));
        if (rollup.derived().isEmpty()) {
            return finished;
        }
        List<Column> derived = new ArrayList<>(List.of(col("*")));
        rollup.derived()
                .forEach((name, expression) ->
                        derived.add(Derived.column(expression).as(name)));
        return finished.select(derived.toArray(Column[]::new));
    }

    /** The columns of a partial row, without dates, keys and tags. */
    public static List<String> partialColumns(Rollup rollup) {
        return Stream.concat(Stream.of(EVENTS), rollup.measures().stream().flatMap(m -> m.merge().keySet().stream()))
                .toList();
    }

    private static Column seriesId(List<Dimension> dimensions) {
        return xxhash64(dimensions.stream()
                .map(d -> isMap(d) ? map_entries(Parts.column(d.name())) : Parts.column(d.name()))
                .toArray(Column[]::new));
    }

    /**
     * Measures that Spark aggregates by sorting are sorted by a hash of the keys first, which nearly always decides: a number
     * in the sorter's own array, where the keys would have to be looked up and compared one by one.
     */
    private static Dataset<Row> aggregate(
            Dataset<Row> rows, Rollup rollup, List<Column> keys, List<Column> aggregates) {
        List<Column> grouping = new ArrayList<>(keys);
        if (rollup.measures().stream().anyMatch(Measure::sorts)) {
            grouping.add(0, xxhash64(keys.toArray(Column[]::new)).as(HASH));
        }
        Dataset<Row> grouped = rows.groupBy(grouping.toArray(Column[]::new))
                .agg(aggregates.get(0), aggregates.stream().skip(1).toArray(Column[]::new))
                .drop(HASH);
        for (Dimension d : rollup.dimensions()) {
            if (isMap(d)) {
                grouped = grouped.withColumn(
                                d.name(), map_from_arrays(Parts.column(d.name()), Parts.column(valuesOf(d))))
                        .drop(valuesOf(d));
            }
        }
        return grouped;
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
