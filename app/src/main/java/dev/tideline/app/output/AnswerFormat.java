package dev.tideline.app.output;

import static org.apache.spark.sql.functions.base64;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.to_json;

import dev.tideline.operations.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/** How an answer is printed. */
public enum AnswerFormat {
    TABLE {
        @Override
        public void print(Dataset<Row> rows, PrintWriter out) {
            List<List<String>> cells = new ArrayList<>();
            texts(rows, c -> concat(lit("<"), octet_length(c), lit(" bytes>")))
                    .toLocalIterator()
                    .forEachRemaining(row -> cells.add(cells(row)));
            new TextTable(Arrays.asList(rows.columns()), cells).print(out);
        }
    },
    CSV {
        @Override
        public void print(Dataset<Row> rows, PrintWriter out) {
            out.println(Arrays.stream(rows.columns()).map(AnswerFormat::quoted).collect(Collectors.joining(",")));
            texts(rows, c -> base64(c))
                    .toLocalIterator()
                    .forEachRemaining(row -> out.println(
                            cells(row).stream().map(AnswerFormat::quoted).collect(Collectors.joining(","))));
        }
    },
    JSON {
        @Override
        public void print(Dataset<Row> rows, PrintWriter out) {
            Column row = org.apache.spark.sql.functions.struct(Arrays.stream(rows.columns())
                    .map(name -> col("`" + name.replace("`", "``") + "`"))
                    .toArray(Column[]::new));
            Iterator<Row> lines = rows.select(to_json(row, Map.of("ignoreNullFields", "false")))
                    .toLocalIterator();
            lines.forEachRemaining(line -> out.println(line.getString(0)));
        }
    };

    public abstract void print(Dataset<Row> rows, PrintWriter out);

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
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
        return nested ? to_json(value) : value.cast("string");
    }

    private static List<String> cells(Row row) {
        return IntStream.range(0, row.size())
                .mapToObj(i -> row.isNullAt(i) ? "" : row.getString(i))
                .toList();
    }

    private static String quoted(String cell) {
        return cell.matches("(?s).*[\",\r\n].*") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell;
    }
}
