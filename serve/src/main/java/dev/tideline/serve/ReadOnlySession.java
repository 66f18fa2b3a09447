package dev.tideline.serve;

import dev.tideline.serving.Access;
import dev.tideline.serving.TidelineExtensions;
import dev.tideline.serving.Views;
import dev.tideline.spark.Beside;
import io.delta.sql.DeltaSparkSessionExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import scala.Function1;
import scala.runtime.BoxedUnit;

/** The session that servers hand to their clients. It refuses to write, and lives beside one that may. */
public final class ReadOnlySession {
    /** Longer than any question of a person: a client that has gone leaves it running until then. */
    public static final Duration MOST = Duration.ofMinutes(10);

    private ReadOnlySession() {}

    /** A session on the lake at {@code root}, in the Spark context of {@code spark}. */
    public static SparkSession beside(SparkSession spark, String root) {
        return beside(spark, root, Access.WHOLE);
    }

    /** One in which there is what {@code access} may see: its catalog is its own unless that is everything. */
    public static SparkSession beside(SparkSession spark, String root, Access access) {
        ReadOnlyExtensions readOnly = new ReadOnlyExtensions(root);
        SparkSession session = access.equals(Access.WHOLE)
                ? Beside.of(spark, extensions(access, readOnly), settings(root))
                : Beside.apart(spark, extensions(access, readOnly), settings(root));
        readOnly.settle(session);
        return session;
    }

    /** One in which there is nothing, and whose {@code newSession} is what {@code next} gives, to the thread that asks. */
    static SparkSession opening(SparkSession spark, String root, Supplier<SparkSession> next) {
        ReadOnlyExtensions readOnly = new ReadOnlyExtensions(root);
        SparkSession session = Beside.opening(spark, extensions(Access.NONE, readOnly), settings(root), next);
        readOnly.settle(session);
        return session;
    }

    private static List<Function1<SparkSessionExtensions, BoxedUnit>> extensions(
            Access access, ReadOnlyExtensions readOnly) {
        return List.of(new DeltaSparkSessionExtension(), new TidelineExtensions(access), readOnly);
    }

    private static Map<String, String> settings(String root) {
        return Map.ofEntries(
                Map.entry(Views.LAKE, root),
                Map.entry("spark.sql.runSQLOnFiles", "false"),
                Map.entry("spark.sql.variable.substitute", "false"),
                Map.entry("spark.sql.scripting.enabled", "false"),
                // An answer goes to a JDBC client part by part, and not through the server's memory at once.
                Map.entry("spark.sql.thriftServer.incrementalCollect", "true"),
                Map.entry("spark.sql.thriftServer.queryTimeout", Long.toString(MOST.toSeconds())),
                // Both keep rows of a client's choice in memory, where a sort or another join would spill.
                Map.entry("spark.sql.execution.topKSortFallbackThreshold", "100000"),
                Map.entry(
                        "spark.sql.maxBroadcastTableSize",
                        Long.toString(Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 16))));
    }
}
