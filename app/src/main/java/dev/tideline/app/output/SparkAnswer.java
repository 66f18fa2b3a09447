package dev.tideline.app.output;

import static org.apache.spark.sql.functions.base64;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import dev.tideline.operations.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** Prints the answer of a query, whose values Spark turns into text. */
public final class SparkAnswer {
    private static final String SECONDS = "yyyy-MM-dd'T'HH:mm:ss";

    /** Of nested values: a field or a map's value that is NULL is printed as such, and a time whole. */
    private static final Map<String, String> ALL_FIELDS = Map.of(
            "ignoreNullFields",
            "false",
            "timestampFormat",
            SECONDS + ".SSSSSSXXX",
            "timestampNTZFormat",
            SECONDS + ".SSSSSS");

    private SparkAnswer() {}

    /** Prints {@code rows}, as they come. */
    public static void print(AnswerFormat format, Dataset<Row> rows, PrintWriter out) {
        print(format, rows, row -> {}, out);
    }

    /**
     * The same.
     *
     * @param each is given each row, as text, before it is kept or printed
     */
    public static void print(AnswerFormat format, Dataset<Row> rows, Consumer<Row> each, PrintWriter out) {
        List<String> columns = Arrays.asList(rows.columns());
        switch (format) {
            case TABLE -> {
                List<List<String>> cells = new ArrayList<>();
                texts(rows, c -> concat(lit("<"), octet_length(c), lit(" bytes>")))
                        .toLocalIterator()
                        .forEachRemaining(each.andThen(row -> cells.add(AnswerFormat.blank(cells(row)))));
                new TextTable(columns, cells).print(out);
            }
            case CSV -> {
                Iterator<Row> lines = texts(rows, c -> base64(c)).toLocalIterator();
                boolean unused = lines.hasNext(); // Runs the query: one that fails has no header either.
                out.println(AnswerFormat.line(columns));
                lines.forEachRemaining(each.andThen(row -> out.println(AnswerFormat.line(cells(row)))));
            }
            case JSON -> {
                Column row = struct(Arrays.stream(rows.schema().fields())
                        .map(SparkAnswer::json)
                        .toArray(Column[]::new));
                rows.select(to_json(row, ALL_FIELDS))
                        .toLocalIterator()
                        .forEachRemaining(each.andThen(line -> out.println(line.getString(0))));
            }
        }
    }

    /** Spark's JSON would cut a time to milliseconds. */
    private static Column json(StructField field) {
        Column value = col("`" + field.name().replace("`", "``") + "`");
        String zone = field.dataType() instanceof TimestampType ? "XXX" : "";
        if (zone.isEmpty() && !(field.dataType() instanceof TimestampNTZType)) {
            return value;
        }
        Column millis = date_format(value, SECONDS + ".SSS" + zone);
        Column micros = date_format(value, SECONDS + ".SSSSSS" + zone);
        return when(micros.rlike("000(Z|[-+].*)?$"), millis).otherwise(micros).as(field.name());
    }

    /** How bytes become text. */
    interface Bytes {
        Column text(Column bytes);
    }

    private static Dataset<Row> texts(Dataset<Row> rows, Bytes bytes) {
        DataType[] types =
                Arrays.stream(rows.schema().fields()).map(f -> f.dataType()).toArray(DataType[]::new);
        String[] names = IntStream.range(0, types.length).mapToObj(i -> "c" + i).toArray(String[]::new);
        return rows.toDF(names)
                .select(IntStream.range(0, types.length)
                        .mapToObj(i -> text(col("c" + i), types[i], bytes))
                        .toArray(Column[]::new));
    }

    private static Column text(Column value, DataType type, Bytes bytes) {
        if (type instanceof BinaryType) {
            return bytes.text(value);
        }
        boolean nested = type instanceof MapType || type instanceof ArrayType || type instanceof StructType;
        return nested ? to_json(value, ALL_FIELDS) : value.cast("string");
    }

    private static List<String> cells(Row row) {
        return IntStream.range(0, row.size()).mapToObj(row::getString).toList();
    }
}
