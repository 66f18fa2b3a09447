package dev.tideline.serving;

import dev.tideline.lake.Lake;
import dev.tideline.protocol.CannotException;
import dev.tideline.spark.LakeExtensions;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.Tuple3;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * For a session that is not ours, but set up for Delta: this name beside Delta's in {@code spark.sql.extensions}, and
 * {@code spark.tideline.lake=<root>}, make {@code SELECT * FROM tideline('clicks_by_ad_1m')} work in it, and so every view
 * created over that function.
 */
public final class TidelineExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectTableFunction(new Tuple3<>(
                new FunctionIdentifier(TableFunction.NAME),
                new ExpressionInfo(TableFunction.class.getName(), TableFunction.NAME),
                new TableFunction(TidelineExtensions::views)));
        return new LakeExtensions().apply(extensions);
    }

    private static final java.util.Map<String, Views> BY_ROOT = new java.util.concurrent.ConcurrentHashMap<>();

    private static Views views() {
        SparkSession spark = SparkSession.active();
        String root = spark.conf().getOption(Views.LAKE).getOrElse(() -> {
            throw new CannotException(
                    "Cannot read a lake: " + Views.LAKE + " is not set (its root, such as s3a://bucket/lake)");
        });
        return BY_ROOT.computeIfAbsent(root, r -> new Views(Lake.at(spark, r)));
    }
}
