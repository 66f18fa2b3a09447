package dev.tideline.spark;

import static org.apache.spark.sql.functions.lit;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/** The tags that a micro-batch writes on each of its rows. */
public final class Tag {
    private Tag() {}

    /**
     * {@code seq} as a column. Not a literal: a number stands in the text of generated code, so that each micro-batch would be
     * compiled anew by Spark and then by the JVM, which costs more than the aggregation of a small one.
     */
    public static Column seq(long seq) {
        return MethodCall.once(seq, Long.class, "longValue", DataTypes.LongType);
    }

    public static Column run(String run) {
        return lit(run);
    }
}
