package dev.tideline.lake;

import dev.tideline.spark.LakeExtensions;
import dev.tideline.storage.ConditionalPutLogStore;
import dev.tideline.storage.FolderFileSystem;
import dev.tideline.storage.HardLinkLogStore;
import dev.tideline.storage.WholeAnswers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of Spark sessions on a lake: those that reading needs, those of every session that writes, those of small tables
 * and those of Spark on one machine.
 */
public final class LakeSession {
    private static final Logger LOG = LoggerFactory.getLogger(LakeSession.class);

    private LakeSession() {}

    /** What a session that reads the views needs. How its own expressions behave is left to it: ANSI mode, formats, caches. */
    public static Map<String, String> reader() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(
                "spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension," + LakeExtensions.class.getName());
        settings.put("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
        settings.putAll(ConditionalPutLogStore.sparkSettings());
        settings.putAll(HardLinkLogStore.sparkSettings());
        settings.putAll(WholeAnswers.sparkSettings());
        settings.put("spark.sql.session.timeZone", "UTC");
        settings.put("spark.databricks.delta.snapshotPartitions", "2");
        // Many small files: the analytics stream's prefetching and its own client only cost time.
        settings.put("spark.hadoop.fs.s3a.input.stream.type", "classic");
        settings.put("spark.ui.showConsoleProgress", "false");
        return settings;
    }

    /** What every session that writes to a lake must have, on one machine or a cluster; those of {@link #reader} among them. */
    public static Map<String, String> writer() {
        Map<String, String> settings = new LinkedHashMap<>(reader());
        // An expression over a hostile event yields NULL where it has no value, and never stops a stream.
        settings.put("spark.sql.ansi.enabled", "false");
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
        // A list of values in the text of generated code would have each micro-batch compiled anew.
        settings.put("spark.sql.optimizer.inSetConversionThreshold", "1");
        // Each aggregation of a task begins with a page; at their default size most of it is only zeroed and collected.
        settings.put("spark.buffer.pageSize", "1m");
        // Rows of a few dates need not be sorted to be written.
        settings.put("spark.sql.maxConcurrentOutputFileWriters", "10");
        settings.put("spark.sql.parquet.compression.codec", "zstd");
        settings.put("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
        return settings;
    }

    /**
     * Settings for lakes whose tables have some hundred rows: generating and compiling code for them costs more than it saves, and
     * so does a second task, or planning again between stages.
     */
    public static Map<String, String> small() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.sql.codegen.wholeStage", "false");
        settings.put("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        settings.put("spark.sql.adaptive.enabled", "false");
        settings.put("spark.sql.shuffle.partitions", "1");
        settings.put("spark.sql.leafNodeDefaultParallelism", "1");
        settings.put("spark.default.parallelism", "1");
        settings.put("spark.databricks.delta.snapshotPartitions", "1");
        settings.put("spark.sql.files.openCostInBytes", "65536");
        settings.put("spark.sql.files.minPartitionNum", "1");
        return settings;
    }

    /** What Spark on one machine is told beside: it serves this machine only, and files are {@link FolderFileSystem}'s. */
    static Map<String, String> oneMachine() {
        Map<String, String> settings = new LinkedHashMap<>(FolderFileSystem.sparkSettings());
        settings.put("spark.ui.enabled", "false");
        settings.put(
                "spark.sql.warehouse.dir",
                // As Spark writes it: whether a session has it is asked of its settings.
                "file:" + Path.of(System.getProperty("java.io.tmpdir"), "tideline-warehouse"));
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        return settings;
    }

    /**
     * A session that writes, on one machine. Where this process has a session already, that one is given, and a warning names the
     * settings that it was started without.
     */
    public static SparkSession local(String master, int shufflePartitions, Map<String, String> more) {
        Map<String, String> settings = new LinkedHashMap<>(oneMachine());
        settings.putAll(writer());
        settings.put("spark.sql.shuffle.partitions", Integer.toString(shufflePartitions));
        settings.putAll(more);
        SparkSession.Builder builder =
                SparkSession.builder().appName("tideline").master(master);
        settings.forEach(builder::config);
        SparkSession session = builder.getOrCreate();
        settings.put("spark.master", master);
        List<String> ignored = ignored(session, settings);
        if (!ignored.isEmpty()) {
            LOG.warn(
                    "A session of this process goes on with its own settings, not with {}", String.join(", ", ignored));
        }
        return session;
    }

    /** The {@code settings} that {@code session} was started without and cannot take any more, by key. */
    static List<String> ignored(SparkSession session, Map<String, String> settings) {
        SparkConf started = session.sparkContext().conf();
        return settings.entrySet().stream()
                .filter(e -> !session.conf().isModifiable(e.getKey()))
                .filter(e -> !e.getValue().equals(started.get(e.getKey(), "")))
                .map(Map.Entry::getKey)
                .toList();
    }
}
