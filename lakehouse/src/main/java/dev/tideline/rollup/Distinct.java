package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import dev.tideline.spark.DistinctEstimate;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * How many different values, estimated by a HyperLogLog sketch of the Apache DataSketches library: BIGINT, with a relative
 * standard error of 1.6 % (lgK = 12), and equal for equal sets of values in whatever order and grouping they were merged;
 * readers also get {@code <name>_sketch} to merge over any set of rows.
 */
record Distinct(String name, String text, String argument, DataType type, Optional<String> where) implements Measure {
    private static final int LG_K = 12;

    private String sketch() {
        return name + "_sketch";
    }

    @Override
    public Map<String, Column> partial() {
        String input = Columns.input(argument, where);
        boolean hashable = type.equals(DataTypes.LongType) || type.equals(DataTypes.IntegerType);
        return columns(sketch(), Columns.ofEvents("hll_sketch_agg(%s, %d)", hashable ? input : text(input), LG_K));
    }

    /** The library leaves empty text out: a byte stands for it that is in no valid text. */
    private static String text(String input) {
        return "if(cast(%1$s as string) = '', cast(X'FF' as string), cast(%1$s as string))".formatted(input);
    }

    @Override
    public Map<String, Column> merge() {
        return columns(sketch(), sql("hll_union_agg(`%s`)", sketch()));
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
        return columns(name, DistinctEstimate.of(Columns.column(sketch())), sketch(), Columns.column(sketch()));
    }
}
