package dev.tideline.lake;

import dev.tideline.spark.LakeExtensions;
import dev.tideline.storage.ConditionalPutLogStore;
import dev.tideline.storage.FolderFileSystem;
import dev.tideline.storage.HardLinkLogStore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** What every session that writes to a lake must have set, whoever started it. */
public final class LakeSession {
    private LakeSession() {}

    /** The settings, for a builder or for spark-submit's configuration. */
    public static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(
                "spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension," + LakeExtensions.class.getName());
        settings.put("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
        settings.putAll(ConditionalPutLogStore.sparkSettings());
        settings.putAll(HardLinkLogStore.sparkSettings());
        settings.putAll(FolderFileSystem.sparkSettings());
        settings.put("spark.sql.session.timeZone", "UTC");
        // An expression over a hostile event yields NULL where it has no value, and never stops a stream.
        settings.put("spark.sql.ansi.enabled", "false");
        settings.put("spark.databricks.delta.snapshotPartitions", "2");
        settings.put("spark.databricks.delta.autoCompact.enabled", "false");
        settings.put("spark.databricks.delta.properties.defaults.enableDeletionVectors", "false");
        // Sketches by sorting: Spark's hash map of them reads the configuration anew for each key, and cannot spill.
        settings.put("spark.sql.execution.useObjectHashAggregateExec", "false");
        // A micro-batch runs the same few hundred classes as the one before, unless the cache of 100 has thrown them
        // away.
        settings.put("spark.sql.codegen.cache.maxEntries", "10000");
        settings.put("spark.sql.ui.explainMode", "simple");
        // Each Column would carry where in the program it was made, also to every executor.
        settings.put("spark.sql.dataFrameQueryContext.enabled", "false");
        // Else each generated class is first asked for over the network, from the driver, by every cloned session.
        settings.put("spark.sql.artifact.isolation.enabled", "false");
        // Many small files: the analytics stream's prefetching and its own client only cost time.
        settings.put("spark.hadoop.fs.s3a.input.stream.type", "classic");
        // A list of values in the text of generated code would have each micro-batch compiled anew.
        settings.put("spark.sql.optimizer.inSetConversionThreshold", "1");
        // Each aggregation of a task begins with a page; at their default size most of it is only zeroed and collected.
        settings.put("spark.buffer.pageSize", "1m");
        // Rows of a few dates need not be sorted to be written.
        settings.put("spark.sql.maxConcurrentOutputFileWriters", "10");
        settings.put("spark.sql.parquet.compression.codec", "zstd");
        settings.put("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
        settings.put("spark.ui.showConsoleProgress", "false");
        return settings;
    }

    /** A session with {@link #settings}, on one machine with its defaults where nobody set a master. */
    public static SparkSession local(String master, int shufflePartitions, Map<String, String> more) {
        SparkSession.Builder builder =
                SparkSession.builder().appName("tideline").master(master);
        builder.config("spark.sql.shuffle.partitions", shufflePartitions);
        builder.config("spark.ui.enabled", "false");
        builder.config(
                "spark.sql.warehouse.dir",
                Path.of(System.getProperty("java.io.tmpdir"), "tideline-warehouse")
                        .toString());
        builder.config("spark.driver.host", "127.0.0.1");
        builder.config("spark.driver.bindAddress", "127.0.0.1");
        settings().forEach(builder::config);
        more.forEach(builder::config);
        return builder.getOrCreate();
    }
}
