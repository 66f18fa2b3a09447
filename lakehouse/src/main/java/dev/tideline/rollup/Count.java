package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/** How many events: BIGINT. */
record Count(String name, String text, Optional<String> where) implements Measure {
    @Override
    public Map<String, Column> partial() {
        return columns(name, where.map(w -> Columns.ofEvents("count_if(%s)", w)).orElse(Columns.ofEvents("count(1)")));
    }

    @Override
    public Map<String, Column> merge() {
        return columns(name, sql("sum(`%s`)", name));
    }

    @Override
    public Map<String, Column> finish() {
        return columns(name, Columns.column(name));
    }
}
