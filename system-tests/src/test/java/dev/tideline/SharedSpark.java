package dev.tideline;

import dev.tideline.lake.LakeSession;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** The one Spark of this JVM's tests, which no test stops. */
public final class SharedSpark {
    private static final SparkSession RUNNING = LakeSession.local("local[2]", 2, Map.of());

    private SharedSpark() {}

    /** Spark itself, for those who make sessions on it. */
    public static SparkSession running() {
        return RUNNING;
    }

    /** A session whose settings and views no other test sees. */
    public static SparkSession session() {
        return session(Map.of());
    }

    /** The same with {@code settings} above those of a lake, but for those of Spark itself, which has started. */
    public static SparkSession session(Map<String, String> settings) {
        SparkSession session = RUNNING.newSession();
        settings.forEach((key, value) -> {
            if (session.conf().isModifiable(key)) {
                session.conf().set(key, value);
            }
        });
        return session;
    }
}
