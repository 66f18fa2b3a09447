package dev.tideline;

import dev.tideline.lake.LakeSession;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Sessions for tests of tables of some rows. */
public final class SmallTables {
    private SmallTables() {}

    /** A session of its own on the Spark of this JVM's tests. */
    public static SparkSession session() {
        SparkSession session = LakeSession.local("local[2]", 2, Map.of()).newSession();
        LakeSession.small().forEach((key, value) -> {
            if (session.conf().isModifiable(key)) { // else it is Spark's, which has started
                session.conf().set(key, value);
            }
        });
        return session;
    }
}
