package dev.tideline;

import dev.tideline.lake.LakeSession;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Sessions for tests of tables of some rows: generating code for them costs more than it saves. */
public final class SmallTables {
    private static final Map<String, String> SETTINGS = Map.of(
            "spark.sql.codegen.wholeStage", "false",
            "spark.sql.codegen.factoryMode", "NO_CODEGEN",
            "spark.sql.adaptive.enabled", "false",
            "spark.sql.shuffle.partitions", "1",
            "spark.databricks.delta.snapshotPartitions", "1");

    private SmallTables() {}

    /** A session of its own on the Spark of this JVM's tests. */
    public static SparkSession session() {
        SparkSession session = LakeSession.local("local[2]", 2, Map.of()).newSession();
        SETTINGS.forEach((key, value) -> session.conf().set(key, value));
        return session;
    }
}
