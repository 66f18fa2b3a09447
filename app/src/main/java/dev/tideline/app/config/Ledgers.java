package dev.tideline.app.config;

import dev.tideline.ledger.LakeLedgers;
import dev.tideline.protocol.CannotException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The ledgers of the configured lake, for commands that need no Spark session. */
public final class Ledgers {
    /** As sessions read: without the analytics stream, which needs a library of its own. */
    private static final Map<String, String> READER = Map.of("spark.hadoop.fs.s3a.input.stream.type", "classic");

    private Ledgers() {}

    /**
     * The ledgers, to read.
     *
     * @throws CannotException when the store does not answer, has no such bucket, or refuses us; and when there is no lake yet
     */
    public static LakeLedgers existing(Config config) {
        return ifExisting(config).orElseThrow(() -> LakeRoot.missing(config.lake()));
    }

    /**
     * The ledgers, to read; empty when there is no lake yet.
     *
     * @throws CannotException when the store does not answer, has no such bucket, or refuses us
     */
    public static Optional<LakeLedgers> ifExisting(Config config) {
        Configuration conf = LakeRoot.impatient(LakeLedgers.configuration(settings(config)));
        return LakeRoot.existsFor(conf, config.lake())
                ? Optional.of(LakeLedgers.at(config.lake(), conf))
                : Optional.empty();
    }

    /**
     * Whether there is a lake already.
     *
     * @throws CannotException when the store does not answer, has no such bucket, or refuses us
     */
    static boolean lakeExists(Config config) {
        return LakeRoot.exists(config.lake(), LakeLedgers.configuration(settings(config)));
    }

    /** Those of the configuration above those of spark-submit, which sets properties of the process. */
    static Map<String, String> settings(Config config) {
        Map<String, String> settings = new HashMap<>(READER);
        System.getProperties().stringPropertyNames().stream()
                .filter(key -> key.startsWith("spark.hadoop."))
                .forEach(key -> settings.put(key, System.getProperty(key)));
        settings.putAll(config.spark());
        return settings;
    }
}
