package dev.tideline.storage;

import io.delta.storage.LogStore;
import java.util.Map;

/** The Spark settings that make Delta, and Delta Kernel inside it, use a store for the paths of one scheme. */
final class LogStoreSettings {
    private LogStoreSettings() {}

    static Map<String, String> of(String scheme, Class<? extends LogStore> store) {
        return Map.of(
                "spark.delta.logStore." + scheme + ".impl",
                store.getName(),
                "spark.hadoop.io.delta.kernel.logStore." + scheme + ".impl",
                store.getName());
    }
}
