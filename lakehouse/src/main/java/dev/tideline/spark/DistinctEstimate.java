package dev.tideline.spark;

import dev.tideline.protocol.CannotException;
import java.util.List;
import org.apache.datasketches.common.SketchesArgumentException;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * How many different values an HLL sketch holds, equal for equal sets of values however they were merged: DataSketches'
 * composite estimate. Spark's {@code hll_sketch_estimate} depends on the order of merging beyond 384 values, by up to its error.
 */
public final class DistinctEstimate {
    /** The function's name in SQL. */
    public static final String FUNCTION = "distinct_estimate";

    private DistinctEstimate() {}

    /** The estimate of a column of sketches: BIGINT, NULL of NULL. */
    public static Column of(Column sketch) {
        return ExpressionUtils.column(call(ExpressionUtils.expression(sketch)));
    }

    /** Makes {@code distinct_estimate(sketch)} known to every session with these extensions. */
    static void inject(SparkSessionExtensions extensions) {
        extensions.injectFunction(new Tuple3<>(
                new FunctionIdentifier(FUNCTION),
                new ExpressionInfo(
                        DistinctEstimate.class.getName(),
                        null,
                        FUNCTION,
                        "_FUNC_(sketch) - How many different values an HLL sketch holds, in whatever order it was merged.",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "java_udf"),
                new AbstractFunction1<Seq<Expression>, Expression>() {
                    @Override
                    public Expression apply(Seq<Expression> arguments) {
                        if (arguments.size() != 1
                                || !arguments.head().dataType().equals(DataTypes.BinaryType)) {
                            throw new CannotException("Cannot call " + FUNCTION + ": it takes one sketch (" + FUNCTION
                                    + "(hll_union_agg(users_sketch)))");
                        }
                        return call(arguments.head());
                    }
                }));
    }

    private static Expression call(Expression sketch) {
        return new StaticInvoke(
                DistinctEstimate.class,
                DataTypes.LongType,
                "estimate",
                CollectionConverters.asScala(List.of(sketch)).toSeq(),
                CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
                true,
                false,
                true,
                scala.Option.empty());
    }

    /** Called by Spark for each row. */
    public static long estimate(byte[] sketch) {
        try {
            return Math.round(HllSketch.wrap(Memory.wrap(sketch)).getCompositeEstimate());
        } catch (SketchesArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "Cannot estimate: " + sketch.length + " bytes are no HLL sketch (the column <measure>_sketch)", e);
        }
    }
}
