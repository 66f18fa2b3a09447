package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import dev.tideline.spark.Expressions;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;

/** The least or greatest value ({@code function} is min or max), of the argument's own type. */
record MinMax(String name, String text, String function, String argument, DataType type, Optional<String> where)
        implements Measure {
    @Override
    public Map<String, Column> partial() {
        return columns(name, Columns.ofEvents("%s(%s)", function, Columns.input(argument, where)));
    }

    @Override
    public Map<String, Column> merge() {
        return columns(name, sql("%s(`%s`)", function, name));
    }

    @Override
    public boolean sorts() {
        return !Expressions.isHashAggregated(type);
    }

    @Override
    public Map<String, Column> finish() {
        return columns(name, Columns.column(name));
    }
}
