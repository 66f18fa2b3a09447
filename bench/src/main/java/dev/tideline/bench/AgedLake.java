package dev.tideline.bench;

import dev.tideline.feed.Feed;
import dev.tideline.feed.Rollup;
import dev.tideline.table.Lake;
import dev.tideline.table.Stream;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/**
 * Gives the tables of a speed layer, in a folder, the past that a day of micro-batches leaves behind: a commit for each, and the
 * tombstone of the file that it wrote, since a fold has taken its place. Rows stay as they are.
 */
final class AgedLake {
    private AgedLake() {}

    static void age(Lake lake, Feed feed, int commits) throws IOException {
        for (Rollup rollup : feed.rollups()) {
            age(lake.spark(), Path.of(lake.speed(rollup).path()), commits, true);
        }
        age(lake.spark(), Path.of(lake.root(), "progress", feed.name() + "-" + Stream.SPEED.text()), commits, false);
    }

    private static void age(SparkSession spark, Path table, int commits, boolean tombstones) throws IOException {
        DeltaLog log = DeltaLog.forTable(spark, new org.apache.hadoop.fs.Path(table.toString()));
        long first =
                log.update(false, scala.Option.empty(), scala.Option.empty()).version() + 1;
        long now = System.currentTimeMillis();
        for (long version = first; version < first + commits; version++) {
            Path file = table.resolve("_delta_log").resolve("%020d.json".formatted(version));
            try (Writer out = Files.newBufferedWriter(file)) {
                out.write("{\"commitInfo\":{\"timestamp\":%d,\"operation\":\"WRITE\",\"operationParameters\":{}}}%n"
                        .formatted(now));
                if (tombstones) {
                    out.write(
                            ("{\"remove\":{\"path\":\"event_date=2026-01-01/part-%d.c000.zstd.parquet\",\"deletionTimestamp\":%d,"
                                            + "\"dataChange\":true,\"extendedFileMetadata\":false}}%n")
                                    .formatted(version, now));
                }
            }
        }
        log.checkpoint(log.update(false, scala.Option.empty(), scala.Option.empty()), scala.Option.empty());
    }
}
