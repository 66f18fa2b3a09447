package dev.tideline.serving;

import dev.tideline.lake.Lake;
import dev.tideline.protocol.CannotException;
import dev.tideline.spark.LakeExtensions;
import dev.tideline.spark.TableFunctions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * For a session that is not ours, but set up for Delta: this name beside Delta's in {@code spark.sql.extensions}, and
 * {@code spark.tideline.lake=<root>}, make {@code SELECT * FROM tideline('clicks_by_ad_1m')} work in it, and so every view
 * created over that function.
 */
public final class TidelineExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    private final Access access;

    /** As Spark makes it. */
    public TidelineExtensions() {
        this(Access.WHOLE);
    }

    /** For sessions in which there is what {@code access} may see. */
    public TidelineExtensions(Access access) {
        this.access = access;
    }

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        TableFunctions.inject(extensions, Views.FUNCTION, this::source);
        return new LakeExtensions().apply(extensions);
    }

    /** The views of whatever lake the session's settings name when it asks. */
    private TableFunctions.Source source(SparkSession spark) {
        Map<String, Views> views = new ConcurrentHashMap<>();
        return name -> views.computeIfAbsent(root(spark), root -> new Views(Lake.at(spark, root), access))
                .source()
                .rows(name);
    }

    private static String root(SparkSession spark) {
        return spark.conf().getOption(Views.LAKE).getOrElse(() -> {
            throw new CannotException(
                    "Cannot read a lake: " + Views.LAKE + " is not set (its root, such as s3a://bucket/lake)");
        });
    }
}
