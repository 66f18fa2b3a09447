package dev.tideline.rollup;

import static dev.tideline.rollup.Parts.columns;
import static dev.tideline.rollup.Parts.sql;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/** The least or greatest value ({@code function} is min or max), of the argument's own type. */
record Extreme(String name, String text, String function, String argument, Optional<String> where) implements Measure {
    @Override
    public Map<String, Column> partial() {
        return columns(name, sql("%s(%s)", function, Parts.input(argument, where)));
    }

    @Override
    public Map<String, Column> merge() {
        return columns(name, sql("%s(`%s`)", function, name));
    }

    @Override
    public Map<String, Column> finish() {
        return columns(name, Parts.column(name));
    }
}
