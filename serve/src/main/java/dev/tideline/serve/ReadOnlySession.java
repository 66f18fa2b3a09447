package dev.tideline.serve;

import dev.tideline.serving.TidelineExtensions;
import dev.tideline.serving.Views;
import dev.tideline.spark.Beside;
import io.delta.sql.DeltaSparkSessionExtension;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** The session that servers hand to their clients. It refuses to write, and lives beside one that may. */
public final class ReadOnlySession {
    private ReadOnlySession() {}

    /** A session on the lake at {@code root}, in the Spark context of {@code spark}. */
    public static SparkSession beside(SparkSession spark, String root) {
        return Beside.of(
                spark,
                List.of(new DeltaSparkSessionExtension(), new TidelineExtensions(), new ReadOnlyExtensions()),
                Map.of(Views.LAKE, root, "spark.sql.runSQLOnFiles", "false"));
    }
}
