package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/**
 * A sum that cannot overflow: DOUBLE for floating point; BIGINT for integers up to 32 bits; DECIMAL(38,0) for BIGINT, whose
 * upper and lower 32 bits are summed apart, which stays in two machine words; DECIMAL(38, scale) for decimals.
 */
record Sum(String name, String text, String argument, DataType type, Optional<String> where) implements Measure {
    private boolean wide() {
        return type.equals(DataTypes.LongType);
    }

    private String high() {
        return "_" + name + "_high";
    }

    private String low() {
        return "_" + name + "_low";
    }

    @Override
    public Map<String, Column> partial() {
        String input = Columns.input(argument, where);
        if (wide()) {
            return columns(
                    high(),
                    Columns.ofEvents("sum(shiftright(%s, 32))", input),
                    low(),
                    Columns.ofEvents("sum(%s & 4294967295L)", input));
        }
        if (type instanceof DecimalType decimal) {
            return columns(name, Columns.ofEvents("cast(try_sum(%s) as decimal(38, %d))", input, decimal.scale()));
        }
        return columns(name, Columns.ofEvents("sum(%s)", input));
    }

    @Override
    public Map<String, Column> merge() {
        if (wide()) {
            return columns(high(), sql("sum(`%s`)", high()), low(), sql("sum(`%s`)", low()));
        }
        return columns(name, sql(type instanceof DecimalType ? "try_sum(`%s`)" : "sum(`%s`)", name));
    }

    @Override
    public Map<String, Column> finish() {
        if (wide()) {
            return columns(
                    name,
                    sql(
                            "cast(cast(`%s` as decimal(20, 0)) * 4294967296BD + cast(`%s` as decimal(20, 0)) as decimal(38, 0))",
                            high(), low()));
        }
        return columns(name, Columns.column(name));
    }
}
