package dev.tideline.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.Ledger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.Sessions;
import dev.tideline.table.LakeTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.types.StructType;

/**
 * What lies behind a lake: each run of each stream recorded one micro-batch, spread evenly over the days, all of which but the
 * last are published, retired and, after a week, sealed.
 *
 * @param days before today
 * @param runs of each stream
 * @param partitions of each topic
 * @param incarnations of each topic: it was made again so often, each time with as many partitions
 */
record Past(int days, int runs, int partitions, int incarnations) {
    static final Past LONG = new Past(3650, 100_000, 1000, 5);
    /** What a test has time for: of everything more than one record, file or commit holds. */
    static final Past SHORT = new Past(100, 1_000, 100, 5);

    static final Past WEEK = new Past(7, 20, 4, 1);

    /** Records that each partition of an incarnation had. */
    private static final long READ = 1_000_000;
    /** Of so many partitions together, {@code status} reads fewer records; those before are as narrow as their readers allow. */
    private static final int RECENT_PARTITIONS = 500_000;

    private static final int RECENT = 1000;

    private static final int KEPT_RAW = 7;
    /** Rows of each published day in each table of the batch layer. */
    static final int ROWS = 4;

    private static final Map<String, String> LOG = Map.of("delta.checkpointInterval", "100");

    /** Writes the ledgers of a lake that has only empty tables, as they are after their old commits were cleaned away. */
    void writeLedgers(Lake lake, List<Feed> feeds, LocalDate today) throws IOException {
        Map<String, StructType> columns = new HashMap<>();
        LakeLedgers declared = LakeLedgers.at(lake.root(), Sessions.hadoop(lake.spark()), (path, people) -> {
            columns.put(path, StructType.fromDDL(people + ", record STRING"));
            return (record, app, number, isNext, values) -> false;
        });
        for (Feed feed : feeds) {
            for (Stream stream : Stream.values()) {
                declared.progress(feed.name(), stream);
                String path = lake.progressTable(feed, stream).path();
                write(lake, path, columns.get(path), runs, progress(lake, path, feed, stream, today));
            }
        }
        String path = lake.daysTable().path();
        List<Row> entries = new ArrayList<>();
        for (Feed feed : feeds) {
            entries.addAll(days(lake, path, feed, today));
        }
        write(lake, path, columns.get(path), entries.size(), entries);
    }

    private List<Row> progress(Lake lake, String path, Feed feed, Stream stream, LocalDate today) {
        List<Row> rows = new ArrayList<>();
        Ledger<ProgressRecord> ledger = capturing(lake, path, ProgressRecord.class, rows);
        Map<String, String> rollups = fingerprints(feed);
        int recent = Math.min(RECENT, RECENT_PARTITIONS / (partitions * incarnations));
        Owners owners = Owners.NONE;
        Cut before = Cut.NOTHING;
        for (long seq = 1; seq <= runs; seq++) {
            owners = owners.then(run(seq), seq);
            // Of those before, only such are ever read that carry the owners of many.
            boolean whole = seq + recent > runs
                    || (seq < runs && owners.then(run(seq + 1), seq + 1).spans().size() == 1);
            Cut cut = whole ? cut(feed, seq) : Cut.NOTHING;
            Cut from = !whole || seq == 1 ? Cut.NOTHING : before.equals(Cut.NOTHING) ? cut(feed, seq - 1) : before;
            Progress progress = new Progress(seq, run(seq), from, cut, cut.beginnings(), whole ? owners : Owners.NONE);
            before = cut;
            Instant at = dayOf(seq, today).atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC);
            ProgressRecord record = new ProgressRecord(
                    progress,
                    Map.of("consumed", 1L, "accepted", 1L, "rejected", 0L),
                    feed.policy(),
                    rollups,
                    Map.of(),
                    seq == runs && stream == Stream.ARCHIVE ? touched(today) : Map.of(),
                    "past 1",
                    at,
                    at);
            ledger.append(record, "progress", seq, () -> true, seq, run(seq), 1L, 1L, 0L, "past 1", sql(at));
        }
        return rows;
    }

    private List<Row> days(Lake lake, String path, Feed feed, LocalDate today) {
        List<Row> rows = new ArrayList<>();
        Ledger<DayRecord> ledger = capturing(lake, path, DayRecord.class, rows);
        Map<String, String> rollups = fingerprints(feed);
        for (int ago = days; ago > 1; ago--) {
            LocalDate date = today.minusDays(ago);
            Horizon horizon = new Horizon(seqOf(ago), cut(feed, seqOf(ago)));
            List<DayEntry> entries = new ArrayList<>(List.of(
                    new DayEntry.Published(generation(date), horizon), new DayEntry.Retired(List.of(), horizon.seq())));
            if (ago > KEPT_RAW) {
                entries.add(new DayEntry.Sealed());
            }
            for (int i = 0; i < entries.size(); i++) {
                Instant at = date.plusDays(1).atTime(2, i).toInstant(ZoneOffset.UTC);
                DayEntry entry = entries.get(i);
                boolean published = entry instanceof DayEntry.Published;
                DayRecord record = new DayRecord(
                        feed.name(),
                        date,
                        i + 1,
                        "past",
                        entry,
                        published
                                ? Map.of(
                                        "events",
                                        (long) ROWS,
                                        "duplicate",
                                        0L,
                                        "left",
                                        0L,
                                        DayRecord.ARCHIVE_SEQ,
                                        seqOf(ago))
                                : Map.of(),
                        published ? rollups : Map.of(),
                        feed.policy(),
                        "past",
                        at);
                ledger.append(
                        record,
                        feed.name() + "/" + date,
                        i + 1,
                        () -> true,
                        feed.name(),
                        java.sql.Date.valueOf(date),
                        (long) i + 1,
                        entry.getClass().getSimpleName(),
                        published ? generation(date) : null,
                        published ? horizon.seq() : null,
                        sql(at));
            }
        }
        return rows;
    }

    /** A ledger whose appends are rows of {@code rows}. */
    private static <T> Ledger<T> capturing(Lake lake, String path, Class<T> type, List<Row> rows) {
        return new Ledger<>(path, Sessions.hadoop(lake.spark()), type, (record, app, number, isNext, values) -> {
            List<Object> all = new ArrayList<>(values);
            all.add(record);
            return rows.add(RowFactory.create(all.toArray()));
        });
    }

    /** A table whose rows came by as many commits, of which only the last is still in its log. */
    private static void write(Lake lake, String path, StructType schema, long commits, List<Row> rows)
            throws IOException {
        LakeTable table = new LakeTable(lake.spark(), path);
        table.create(schema, List.of(), LOG);
        int files = Math.max(1, rows.size() / 10_000);
        table.append(lake.spark().createDataFrame(rows, schema).repartitionByRange(files, col("number")));
        long version = table.version();
        table.log().checkpoint(table.log().unsafeVolatileSnapshot(), scala.Option.empty());
        Path folder = Path.of(path, "_delta_log");
        long last = Math.max(commits, version + 1);
        Files.move(checkpoint(folder, version), checkpoint(folder, last), StandardCopyOption.REPLACE_EXISTING);
        for (long old = 0; old <= version; old++) {
            Files.delete(commit(folder, old));
        }
        Files.writeString(
                commit(folder, last),
                "{\"commitInfo\":{\"timestamp\":%d,\"operation\":\"WRITE\",\"operationParameters\":{}}}%n"
                        .formatted(System.currentTimeMillis()));
        Files.writeString(
                folder.resolve("_last_checkpoint"), "{\"version\":%d,\"size\":%d}".formatted(last, files + 2));
        try (java.util.stream.Stream<Path> others = Files.list(folder)) {
            for (Path crc :
                    others.filter(file -> file.toString().endsWith(".crc")).toList()) {
                Files.delete(crc);
            }
        }
        DeltaLog.clearCache();
    }

    private static Path checkpoint(Path folder, long version) {
        return folder.resolve("%020d.checkpoint.parquet".formatted(version));
    }

    private static Path commit(Path folder, long version) {
        return folder.resolve("%020d.json".formatted(version));
    }

    /** Each published day with a few of the rows of {@code yesterday}, which has a generation. */
    void writeDays(Lake lake, Feed feed, LocalDate yesterday) {
        for (Rollup rollup : feed.rollups()) {
            for (Grain grain : Grain.values()) {
                LakeTable table = lake.batch(rollup, grain);
                String[] columns = table.read().columns();
                table.append(table.read()
                        .where(col("event_date").equalTo(java.sql.Date.valueOf(yesterday)))
                        .limit(ROWS)
                        .crossJoin(lake.spark().range(1, days).selectExpr("CAST(id AS INT) AS ago"))
                        .withColumn("window_start", expr("window_start - make_dt_interval(ago)"))
                        .withColumn("event_date", expr("date_sub(event_date, ago)"))
                        .withColumn(
                                "generation", expr("date_format(date_add(event_date, 1), \"yyyyMMdd'T020000Z-past'\")"))
                        .selectExpr(columns)
                        .repartition(col("event_date")));
            }
        }
    }

    private static String generation(LocalDate date) {
        return date.plusDays(1).toString().replace("-", "") + "T020000Z-past";
    }

    /** Of the newest incarnation. */
    String topicId(Feed feed) {
        return topicId(feed, incarnations - 1);
    }

    private static String topicId(Feed feed, int incarnation) {
        return "%s-incarnation-%03d".formatted(feed.name(), incarnation);
    }

    /** Up to where the newest incarnation was read. */
    Cut end(Feed feed, long more) {
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            offsets.put(new SourcePartition(feed.topic(), topicId(feed), partition), READ + more);
        }
        return new Cut(offsets);
    }

    static long firstOffset() {
        return READ;
    }

    private Cut cut(Feed feed, long seq) {
        double incarnation = (double) seq * incarnations / runs;
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        for (int i = 0; i < Math.min(incarnations, (int) Math.ceil(incarnation)); i++) {
            long read = Math.min(READ, (long) ((incarnation - i) * READ));
            for (int partition = 0; partition < partitions; partition++) {
                offsets.put(new SourcePartition(feed.topic(), topicId(feed, i), partition), read);
            }
        }
        return new Cut(offsets);
    }

    private static String run(long seq) {
        return "%08x-past".formatted(seq);
    }

    private Map<LocalDate, Long> touched(LocalDate today) {
        Map<LocalDate, Long> touched = new TreeMap<>();
        for (int ago = days; ago > 1; ago--) {
            touched.put(today.minusDays(ago), seqOf(ago));
        }
        return touched;
    }

    /** The last micro-batch of a day. */
    private long seqOf(int ago) {
        return (long) runs * (days - ago + 1) / days;
    }

    private LocalDate dayOf(long seq, LocalDate today) {
        return today.minusDays(days - (seq - 1) * days / runs);
    }

    private static Map<String, String> fingerprints(Feed feed) {
        return feed.rollups().stream().collect(Collectors.toMap(Rollup::name, Rollup::fingerprint));
    }

    private static java.sql.Timestamp sql(Instant at) {
        return java.sql.Timestamp.from(at);
    }
}
