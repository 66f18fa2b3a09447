package dev.tideline.app.config;

import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotYetWritten;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Where a command's Spark session comes from. A process that runs one command opens Spark and stops it; one that runs
 * many lends them the Spark that it has.
 */
public interface Sessions {
    /** A session with the settings of the configuration, before anything was asked of the lake's store. */
    Session start(Config config);

    /** What {@code work} answers on a small session that has no lake. */
    <T> T withoutLake(Function<SparkSession, T> work);

    /**
     * Opens Spark on this machine, or as spark-submit or {@code spark.master} set it up; a session's end is Spark's end.
     */
    static Sessions own() {
        return new Sessions() {
            @Override
            public Session start(Config config) {
                SparkSession spark = spark(config);
                return new Session(spark, Lake.at(spark, config.lake()), spark::stop);
            }

            @Override
            public <T> T withoutLake(Function<SparkSession, T> work) {
                SparkSession spark = LakeSession.local("local[1]", 1, Map.of());
                try {
                    return work.apply(spark);
                } finally {
                    spark.stop();
                }
            }
        };
    }

    /**
     * Lends each command a session of its own on a running Spark, which a session's end leaves as it is. The session has
     * the configuration's settings, except those that Spark takes at its start only: those are what {@code running} has.
     *
     * @param running asked when a command needs Spark, and not before
     */
    static Sessions borrowed(Supplier<SparkSession> running) {
        return new Sessions() {
            @Override
            public Session start(Config config) {
                SparkSession spark = running.get().newSession();
                config.spark().forEach((key, value) -> set(spark, key, value));
                return new Session(spark, Lake.at(spark, config.lake()), () -> {});
            }

            @Override
            public <T> T withoutLake(Function<SparkSession, T> work) {
                return work.apply(running.get().newSession());
            }
        };
    }

    /**
     * A session for a command that writes. The store is asked before Spark starts.
     *
     * @throws CannotException when the lake's store does not answer, has no such bucket, or refuses us
     */
    default Session open(Config config) {
        Ledgers.lakeExists(config);
        return start(config);
    }

    /**
     * A session for a command that needs what others have written. The store is asked before Spark starts.
     *
     * @throws CannotException as {@link #open}
     * @throws NotYetWritten when there is no lake yet
     */
    default Session existing(Config config) {
        if (!Ledgers.lakeExists(config)) {
            throw LakeRoot.missing(config.lake());
        }
        return start(config);
    }

    /** Whoever runs us under spark-submit has chosen a master; else it is this machine, unless the configuration says more. */
    private static SparkSession spark(Config config) {
        requireMemory();
        Map<String, String> settings = config.spark();
        String master = settings.getOrDefault("spark.master", "local[*]");
        if (!new SparkConf().contains("spark.master") && master.startsWith("local")) {
            return LakeSession.local(master, Runtime.getRuntime().availableProcessors(), settings);
        }
        SparkSession.Builder builder = SparkSession.builder().appName("tideline");
        LakeSession.writer().forEach(builder::config);
        settings.forEach(builder::config);
        return builder.getOrCreate();
    }

    /** Spark reserves 300 MiB, and refuses to start with less than half as much again. */
    private static void requireMemory() {
        long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
        if (mebibytes < 450) {
            throw new CannotException("Cannot start Spark: Java may use " + mebibytes
                    + " MiB, too little (set TIDELINE_JAVA_OPTS to a larger -Xmx, or --driver-memory of spark-submit)");
        }
    }

    private static void set(SparkSession spark, String key, String value) {
        hadoopKey(key, name -> spark.conf().set(name, value));
        if (spark.conf().isModifiable(key)) {
            spark.conf().set(key, value);
        }
    }

    /** A session takes Hadoop's settings by their own names; only Spark's start takes them with a prefix. */
    private static void hadoopKey(String key, Consumer<String> then) {
        if (key.startsWith("spark.hadoop.")) {
            then.accept(key.substring("spark.hadoop.".length()));
        }
    }
}
