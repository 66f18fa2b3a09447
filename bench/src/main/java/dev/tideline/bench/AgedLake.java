package dev.tideline.bench;

import static org.apache.spark.sql.functions.expr;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.table.LakeTable;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;

/** Gives a lake, in a folder, a past. */
final class AgedLake {
    private AgedLake() {}

    /** The days before {@code day}, as many as given, each published with the same rows as {@code day}. */
    static void publish(Lake lake, Feed feed, LocalDate day, int days) {
        for (Rollup rollup : feed.rollups()) {
            for (Grain grain : Grain.values()) {
                LakeTable table = lake.batch(rollup, grain);
                String[] columns = table.read().columns();
                table.append(table.read()
                        .where("event_date = DATE'" + day + "'")
                        .crossJoin(lake.spark().range(1, days + 1).selectExpr("CAST(id AS INT) AS ago"))
                        .withColumn("window_start", expr("window_start - make_dt_interval(ago)"))
                        .withColumn("event_date", expr("date_sub(event_date, ago)"))
                        .selectExpr(columns));
            }
        }
        DayRecord published = lake.days().records(feed.name()).stream()
                .filter(r -> r.day().equals(day) && r.entry() instanceof DayEntry.Published)
                .findFirst()
                .orElseThrow();
        for (int ago = 1; ago <= days; ago++) {
            boolean stands = lake.days()
                    .append(DayLedger.entry(
                            feed.name(),
                            day.minusDays(ago),
                            Day.NEW,
                            published.entry(),
                            published.counts(),
                            published.rollups(),
                            published.policy(),
                            published.code(),
                            published.at()));
            if (!stands) {
                throw new IllegalStateException(day.minusDays(ago) + " has entries already");
            }
        }
    }

    /**
     * What a day of micro-batches leaves behind in the tables of the speed layer: a commit for each, and the tombstone of the
     * file that it wrote, since a fold has taken its place. Rows stay as they are.
     */
    static void age(Lake lake, Feed feed, int commits) throws IOException {
        for (Rollup rollup : feed.rollups()) {
            age(lake.spark(), Path.of(lake.speed(rollup).path()), commits, true);
        }
        age(lake.spark(), Path.of(lake.root(), "progress", feed.name() + "-" + Stream.SPEED.text()), commits, false);
    }

    private static void age(SparkSession spark, Path table, int commits, boolean tombstones) throws IOException {
        DeltaLog log = DeltaLog.forTable(spark, new org.apache.hadoop.fs.Path(table.toString()));
        Path folder = table.resolve("_delta_log");
        long first = update(log).version() + 1;
        long last = first + commits - 1;
        long now = System.currentTimeMillis();
        try (Writer out = commit(folder, first, now)) {
            for (long version = first; tombstones && version <= last; version++) {
                out.write(
                        ("{\"remove\":{\"path\":\"event_date=2026-01-01/part-%d.c000.zstd.parquet\",\"deletionTimestamp\":%d,"
                                        + "\"dataChange\":true,\"extendedFileMetadata\":false}}%n")
                                .formatted(version, now));
            }
        }
        log.checkpoint(update(log), scala.Option.empty());
        for (long version = first + 1; version <= last; version++) {
            commit(folder, version, now).close();
        }
        // The commits after the first change nothing, so that its checkpoint is also that of the last.
        Path hint = folder.resolve("_last_checkpoint");
        Files.copy(checkpoint(folder, first), checkpoint(folder, last));
        Files.writeString(hint, "{\"version\":%d,\"size\":%d}".formatted(last, commits));
        DeltaLog.clearCache();
    }

    private static Snapshot update(DeltaLog log) {
        return log.update(false, scala.Option.empty(), scala.Option.empty());
    }

    private static Path checkpoint(Path folder, long version) {
        return folder.resolve("%020d.checkpoint.parquet".formatted(version));
    }

    private static Writer commit(Path folder, long version, long at) throws IOException {
        Writer out = Files.newBufferedWriter(folder.resolve("%020d.json".formatted(version)));
        out.write("{\"commitInfo\":{\"timestamp\":%d,\"operation\":\"WRITE\",\"operationParameters\":{}}}%n"
                .formatted(at));
        return out;
    }
}
