package dev.tideline.app.config;

import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotYetWritten;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** A Spark session on the configured lake: on this machine, or whatever spark-submit has set up. */
public record Session(SparkSession spark, Lake lake) implements AutoCloseable {
    /**
     * A session for a command that writes.
     *
     * @throws CannotException when the lake's store does not answer, has no such bucket, or refuses us
     */
    public static Session open(Config config) {
        Session session = start(config);
        try {
            session.exists();
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /**
     * A session for a command that needs what others have written.
     *
     * @throws CannotException as {@link #open}
     * @throws NotYetWritten when there is no lake yet
     */
    public static Session existing(Config config) {
        Session session = start(config);
        try {
            if (!session.exists()) {
                throw new NotYetWritten("Cannot read the lake " + config.lake()
                        + ": there is none yet (start tideline archive and speed, or correct lake)");
            }
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private boolean exists() {
        return LakeRoot.exists(lake.root(), spark.sparkContext().hadoopConfiguration());
    }

    private static Session start(Config config) {
        SparkSession spark = spark(config);
        return new Session(spark, Lake.at(spark, config.lake()));
    }

    /** Whoever runs us under spark-submit has chosen a master; else it is this machine, unless the configuration says more. */
    private static SparkSession spark(Config config) {
        Map<String, String> settings = config.spark();
        String master = settings.getOrDefault("spark.master", "local[*]");
        if (!new SparkConf().contains("spark.master") && master.startsWith("local")) {
            return LakeSession.local(master, Runtime.getRuntime().availableProcessors(), settings);
        }
        SparkSession.Builder builder = SparkSession.builder().appName("tideline");
        LakeSession.settings().forEach(builder::config);
        settings.forEach(builder::config);
        return builder.getOrCreate();
    }

    @Override
    public void close() {
        spark.stop();
    }
}
