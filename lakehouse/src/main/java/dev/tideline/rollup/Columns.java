package dev.tideline.rollup;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.tideline.spark.Total;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/** How measures spell their columns. */
final class Columns {
    private Columns() {}

    /** The input of a measure: its argument where the condition holds, NULL (which every measure ignores) elsewhere. */
    static String input(String argument, Optional<String> where) {
        return where.map(w -> "if(" + w + ", " + argument + ", NULL)").orElse("(" + argument + ")");
    }

    static Column column(String name) {
        return col("`" + name + "`");
    }

    /** Of partial rows. */
    static Column sql(String format, Object... args) {
        return expr(format.formatted(args));
    }

    /** Of events, by expressions of a feed file: no event makes them throw. */
    static Column ofEvents(String format, Object... args) {
        return Total.column(format.formatted(args));
    }

    static Map<String, Column> columns(String name, Column column) {
        return Map.of(name, column);
    }

    static Map<String, Column> columns(String first, Column firstColumn, String second, Column secondColumn) {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put(first, firstColumn);
        columns.put(second, secondColumn);
        return columns;
    }
}
