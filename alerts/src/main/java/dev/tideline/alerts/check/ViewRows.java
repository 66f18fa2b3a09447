package dev.tideline.alerts.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.feed.ViewName;
import dev.tideline.protocol.Durations;
import dev.tideline.rollup.Grain;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Rows of a view as a rule test declares them. Columns that are left out are NULL, but {@code event_date}, which follows from
 * {@code window_start}.
 *
 * @param rows each with the moment from which on it can be read; empty where it always can
 */
record ViewRows(StructType schema, List<Timed> rows) {
    private static final String WINDOW = "window_start";
    private static final String REPEAT = "repeat";
    private static final String EVERY = "every";

    /** A row and since when it is there. */
    record Timed(Optional<Instant> since, Row row) {}

    /**
     * The rows that {@code node} declares.
     *
     * @throws IllegalArgumentException saying what does not fit the view
     */
    static ViewRows of(String view, StructType schema, JsonNode node) {
        List<Timed> rows = new ArrayList<>();
        for (JsonNode row : node) {
            row.fieldNames().forEachRemaining(name -> {
                if (!name.equals(REPEAT)
                        && !name.equals(EVERY)
                        && !List.of(schema.fieldNames()).contains(name)) {
                    throw new IllegalArgumentException("there is no column " + name + " ("
                            + String.join(", ", schema.fieldNames()) + "; " + REPEAT + ", " + EVERY + ")");
                }
            });
            Duration step = Durations.parse(row.path(EVERY).asText(grain(view).suffix()))
                    .orElseThrow(() -> new IllegalArgumentException(
                            EVERY + " is \"" + row.path(EVERY).asText() + "\" (a duration, such as 1m)"));
            int count = row.path(REPEAT).asInt(1);
            if (count < 1 || count > 100_000) {
                throw new IllegalArgumentException(
                        REPEAT + " is \"" + row.path(REPEAT).asText() + "\" (how many rows, 1 to 100000)");
            }
            for (int i = 0; i < count; i++) {
                rows.add(row(schema, row, step.multipliedBy(i)));
            }
        }
        return new ViewRows(schema, rows);
    }

    private static Timed row(StructType schema, JsonNode node, Duration later) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (StructField field : schema.fields()) {
            Object value = value(field.name(), field.dataType(), node.path(field.name()));
            boolean moves = field.name().equals(WINDOW) || field.name().equals("event_time");
            values.put(
                    field.name(),
                    moves && value instanceof Timestamp time
                            ? Timestamp.from(time.toInstant().plus(later))
                            : value);
        }
        Object time = values.containsKey(WINDOW) ? values.get(WINDOW) : values.get("event_time");
        Optional<Instant> since = Optional.ofNullable((Timestamp) time).map(Timestamp::toInstant);
        if (values.containsKey("event_date") && values.get("event_date") == null) {
            since.ifPresent(at -> values.put("event_date", Date.valueOf(LocalDate.ofInstant(at, ZoneOffset.UTC))));
        }
        return new Timed(since, RowFactory.create(values.values().toArray()));
    }

    private static Object value(String name, DataType type, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (type instanceof MapType map && node.isObject()) {
            Map<String, Object> entries = new LinkedHashMap<>();
            node.properties()
                    .forEach(e ->
                            entries.put(e.getKey(), value(name + "." + e.getKey(), map.valueType(), e.getValue())));
            return entries;
        }
        if (type instanceof ArrayType array && node.isArray()) {
            List<Object> elements = new ArrayList<>();
            node.forEach(element -> elements.add(value(name, array.elementType(), element)));
            return elements;
        }
        if (type instanceof StructType struct && node.isObject()) {
            return RowFactory.create(List.of(struct.fields()).stream()
                    .map(field -> value(name + "." + field.name(), field.dataType(), node.path(field.name())))
                    .toArray());
        }
        try {
            return plain(type, node)
                    .orElseThrow(() -> new IllegalArgumentException(name + " is "
                            + (node.isValueNode() ? "\"" + node.asText() + "\"" : node) + " (" + type.sql() + ")"));
        } catch (DateTimeException | NumberFormatException e) {
            throw new IllegalArgumentException(name + " is \"" + node.asText() + "\" (" + type.sql()
                    + (type instanceof TimestampType ? ", such as \"2026-01-01T00:00:00Z\")" : ")"));
        }
    }

    private static Optional<Object> plain(DataType type, JsonNode node) {
        if (type instanceof StringType && node.isValueNode()) {
            return Optional.of(node.asText());
        }
        if (type instanceof TimestampType && node.isTextual()) {
            return Optional.of(Timestamp.from(Instant.parse(node.asText())));
        }
        if (type instanceof DateType && node.isTextual()) {
            return Optional.of(Date.valueOf(LocalDate.parse(node.asText())));
        }
        if (type instanceof BooleanType && node.isBoolean()) {
            return Optional.of(node.asBoolean());
        }
        if (type instanceof IntegerType && node.canConvertToInt() && node.isIntegralNumber()) {
            return Optional.of(node.asInt());
        }
        if (type instanceof LongType && node.isIntegralNumber() && node.canConvertToLong()) {
            return Optional.of(node.asLong());
        }
        if (type instanceof DoubleType && (node.isNumber() || node.asText().equals("NaN"))) {
            return Optional.of(node.isNumber() ? node.asDouble() : Double.NaN);
        }
        if (type instanceof FloatType && node.isNumber()) {
            return Optional.of((float) node.asDouble());
        }
        return type instanceof DecimalType && node.isNumber()
                ? Optional.of(new BigDecimal(node.asText()))
                : Optional.empty();
    }

    /** The rows that there are at {@code at}. */
    List<Row> at(Instant at) {
        return rows.stream()
                .filter(row -> row.since().map(since -> since.isBefore(at)).orElse(true))
                .map(Timed::row)
                .toList();
    }

    /** When the first of the rows that have a time begins. */
    Optional<Instant> first() {
        return rows.stream().flatMap(row -> row.since().stream()).min(Instant::compareTo);
    }

    private static Grain grain(String view) {
        return ViewName.parse(view).flatMap(ViewName::grain).orElse(Grain.MINUTE);
    }
}
