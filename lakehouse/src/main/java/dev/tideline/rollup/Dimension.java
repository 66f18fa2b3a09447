package dev.tideline.rollup;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;

/** A column that a rollup groups by: a field of the event, or an expression over its fields. */
public record Dimension(String name, String expression, DataType type) {

    /**
     * A dimension that rows can be grouped by.
     *
     * @throws IllegalArgumentException when there is a map inside the type, which nothing can be grouped by
     */
    public static Dimension of(String name, String expression, DataType type) {
        DataType inside = type instanceof MapType map ? map.valueType() : type;
        if (inside.sql().contains("MAP<")) {
            throw new IllegalArgumentException("is " + type.sql()
                    + ", which cannot be grouped by (a map of plain values can, or take one of its values): "
                    + expression);
        }
        return new Dimension(name, expression, type);
    }
}
