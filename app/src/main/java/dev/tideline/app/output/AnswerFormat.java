package dev.tideline.app.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tideline.operations.TextTable;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How an answer is printed. Its values are texts, numbers, booleans, times (UTC), maps of texts, and null. */
public enum AnswerFormat {
    TABLE {
        @Override
        public void print(List<String> columns, List<List<Object>> rows, PrintWriter out) {
            new TextTable(columns, rows.stream().map(row -> blank(texts(row))).toList()).print(out);
        }
    },
    CSV {
        @Override
        public void print(List<String> columns, List<List<Object>> rows, PrintWriter out) {
            out.println(line(columns));
            rows.forEach(row -> out.println(line(texts(row))));
        }
    },
    JSON {
        @Override
        public void print(List<String> columns, List<List<Object>> rows, PrintWriter out) {
            rows.forEach(row -> {
                Map<String, Object> object = new LinkedHashMap<>();
                for (int i = 0; i < columns.size(); i++) {
                    object.put(columns.get(i), row.get(i) instanceof Instant at ? iso(at) : row.get(i));
                }
                out.println(json(object));
            });
        }
    };

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** As {@link SparkAnswer} writes a TIMESTAMP in JSON. */
    private static final DateTimeFormatter MILLIS = iso("SSS");

    private static final DateTimeFormatter MICROS = iso("SSSSSS");

    /** As Spark casts a TIMESTAMP to STRING. */
    private static final DateTimeFormatter TEXT = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Prints rows, each with a value for each column. */
    public abstract void print(List<String> columns, List<List<Object>> rows, PrintWriter out);

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static List<String> texts(List<Object> row) {
        return row.stream().map(AnswerFormat::text).toList();
    }

    private static String text(Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Instant at) {
            return TEXT.format(at);
        }
        return value instanceof Map<?, ?> ? json(value) : value.toString();
    }

    private static String json(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("writing " + value, e);
        }
    }

    private static DateTimeFormatter iso(String fraction) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss." + fraction + "X", Locale.ROOT)
                .withZone(ZoneOffset.UTC);
    }

    private static String iso(Instant at) {
        return (at.equals(at.truncatedTo(ChronoUnit.MILLIS)) ? MILLIS : MICROS).format(at);
    }

    /** For a terminal, where NULL is nothing. */
    static List<String> blank(List<String> cells) {
        return cells.stream().map(cell -> cell == null ? "" : cell).toList();
    }

    /** One line of comma-separated values: NULL is nothing between commas, and an empty text {@code ""}. */
    static String line(List<String> cells) {
        return cells.stream().map(AnswerFormat::quoted).collect(Collectors.joining(","));
    }

    private static String quoted(String cell) {
        if (cell == null) {
            return "";
        }
        return cell.isEmpty() || cell.matches("(?s).*[\",\r\n].*") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell;
    }
}
