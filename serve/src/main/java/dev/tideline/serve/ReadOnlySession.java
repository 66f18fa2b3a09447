package dev.tideline.serve;

import dev.tideline.serving.TidelineExtensions;
import dev.tideline.serving.Views;
import dev.tideline.spark.Beside;
import io.delta.sql.DeltaSparkSessionExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** The session that servers hand to their clients. It refuses to write, and lives beside one that may. */
public final class ReadOnlySession {
    /** Longer than any question of a person: a client that has gone leaves it running until then. */
    private static final Duration MOST = Duration.ofMinutes(10);

    private ReadOnlySession() {}

    /** A session on the lake at {@code root}, in the Spark context of {@code spark}. */
    public static SparkSession beside(SparkSession spark, String root) {
        ReadOnlyExtensions readOnly = new ReadOnlyExtensions(root);
        SparkSession session = Beside.of(
                spark,
                List.of(new DeltaSparkSessionExtension(), new TidelineExtensions(), readOnly),
                Map.of(
                        Views.LAKE,
                        root,
                        "spark.sql.runSQLOnFiles",
                        "false",
                        "spark.sql.variable.substitute",
                        "false",
                        "spark.sql.scripting.enabled",
                        "false",
                        // An answer goes to a JDBC client part by part, and not through the server's memory at once.
                        "spark.sql.thriftServer.incrementalCollect",
                        "true",
                        "spark.sql.thriftServer.queryTimeout",
                        Long.toString(MOST.toSeconds())));
        readOnly.settle(session);
        return session;
    }
}
