package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.sql;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * Quantiles by a KLL sketch of the Apache DataSketches library: DOUBLE columns {@code <name>_p50}, {@code _p95} and
 * {@code _p99}, NULL where no event had a value, with a rank error of 1.33 % at 99 % confidence (k = 200); readers also get
 * {@code <name>_sketch} to merge over any set of rows.
 */
record Quantiles(String name, String text, String argument, Optional<String> where) implements Measure {
    private static final Map<String, String> RANKS = new LinkedHashMap<>();

    static {
        RANKS.put("p50", "0.5D");
        RANKS.put("p95", "0.95D");
        RANKS.put("p99", "0.99D");
    }

    private String sketch() {
        return name + "_sketch";
    }

    @Override
    public Map<String, Column> partial() {
        return Columns.columns(
                sketch(),
                Columns.ofEvents("kll_sketch_agg_double(cast(%s as double))", Columns.input(argument, where)));
    }

    @Override
    public Map<String, Column> merge() {
        return Columns.columns(sketch(), sql("kll_merge_agg_double(`%s`)", sketch()));
    }

    @Override
    public boolean sorts() {
        return true;
    }

    @Override
    public boolean isNullOfNulls() {
        return false;
    }

    @Override
    public Map<String, Column> finish() {
        Map<String, Column> columns = new LinkedHashMap<>();
        RANKS.forEach((suffix, rank) -> columns.put(
                name + "_" + suffix,
                sql(
                        "if(kll_sketch_get_n_double(`%1$s`) = 0, NULL, kll_sketch_get_quantile_double(`%1$s`, %2$s))",
                        sketch(), rank)));
        columns.put(sketch(), Columns.column(sketch()));
        return columns;
    }
}
