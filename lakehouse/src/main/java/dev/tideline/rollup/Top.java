package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * The most frequent values, by a frequent-items sketch of the Apache DataSketches library that tracks {@value #TRACKED}
 * items: an array of (item, count), most frequent first; readers also get {@code <name>_sketch} to merge over any set of rows.
 */
record Top(String name, String text, String argument, int count, Optional<String> where) implements Measure {
    static final int TRACKED = 1000;

    private String sketch() {
        return name + "_sketch";
    }

    @Override
    public Map<String, Column> partial() {
        return columns(
                sketch(),
                Columns.ofEvents(
                        "approx_top_k_accumulate(%s, %d) filter (where %s)",
                        argument,
                        TRACKED,
                        where.map(w -> "(" + w + ") and ").orElse("") + "(" + argument + ") is not null"));
    }

    @Override
    public Map<String, Column> merge() {
        return columns(sketch(), sql("approx_top_k_combine(`%s`, %d)", sketch(), TRACKED));
    }

    @Override
    public boolean sorts() {
        return true;
    }

    @Override
    public boolean isNullOfNulls() {
        return false;
    }

    /** Spark 4.2's {@code approx_top_k_combine} fails with a NullPointerException. */
    @Override
    public boolean mergesNull() {
        return false;
    }

    @Override
    public Map<String, Column> finish() {
        return columns(
                name, sql("approx_top_k_estimate(`%s`, %d)", sketch(), count), sketch(), Columns.column(sketch()));
    }
}
