package dev.tideline.spark;

import static org.apache.spark.sql.functions.lit;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import scala.jdk.javaapi.CollectionConverters;

/** The tags that a micro-batch writes on each of its rows. */
public final class Tag {
    private Tag() {}

    /**
     * {@code seq} as a column. Not a literal: a number stands in the text of generated code, so that each micro-batch would be
     * compiled anew by Spark and then by the JVM, which costs more than the aggregation of a small one.
     */
    public static Column seq(long seq) {
        Expression value = new Invoke(
                Literal.fromObject(seq, new ObjectType(Long.class)),
                "longValue",
                DataTypes.LongType,
                CollectionConverters.asScala(List.<Expression>of()).toSeq(),
                CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
                false,
                false,
                false);
        return ExpressionUtils.column(value);
    }

    public static Column run(String run) {
        return lit(run);
    }
}
