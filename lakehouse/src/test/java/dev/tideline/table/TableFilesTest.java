package dev.tideline.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SmallTables;
import dev.tideline.spark.ScannedFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;

/** The files that are kept in memory against those that Delta finds for the same version. */
@Tag("lane-b")
class TableFilesTest {
    private static final StructType SCHEMA = StructType.fromDDL("event_date DATE, shop STRING, n BIGINT, seq BIGINT");
    private static final StructType WIDER = SCHEMA.add("more", "string");

    private static SparkSession spark;

    @TempDir
    Path dir;

    private LakeTable table;
    private int written;

    @BeforeAll
    static void session() {
        spark = SmallTables.session();
    }

    @BeforeEach
    void table() {
        table = table(spark);
        table.create(SCHEMA, List.of("event_date", "shop"), Map.of());
    }

    private LakeTable table(SparkSession session) {
        return new LakeTable(session, dir.resolve("table").toString());
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void everyVersionHasTheFilesThatDeltaFindsInIt(long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < 12; step++) {
            long before = table.version();
            change(random);
            if (random.nextInt(3) > 0) { // else the next look finds several commits
                for (long version = Math.max(0, before - random.nextInt(3)); version <= table.version(); version++) {
                    assertSameFilesAsDelta(version);
                }
            }
        }
        assertSameRowsAsDelta(table.version());
    }

    private void change(Random random) {
        switch (random.nextInt(14)) {
            case 0 -> table.compact();
            case 1 -> table.delete(col("shop").equalTo(shop(random)));
            case 2 -> table.delete(col("n").mod(lit(7)).equalTo(random.nextInt(7)));
            case 3 -> table.create(WIDER, List.of("event_date", "shop"), Map.of());
            case 4 ->
                table.rewrite(
                        col("event_date").equalTo(lit(day(random)).cast("date")),
                        rows -> rows.withColumn("n", col("n").plus(1)),
                        "rewrite",
                        written++);
            case 5 -> {
                for (int i = 0; i < 22; i++) {
                    append(random);
                }
            }
            default -> append(random);
        }
    }

    private void append(Random random) {
        int rows = 1 + random.nextInt(3);
        Dataset<Row> some = spark.range(written, written + rows)
                .selectExpr(
                        "DATE'" + day(random) + "' AS event_date",
                        "'" + shop(random) + "' AS shop",
                        "id AS n",
                        "id AS seq");
        written += rows;
        table.append(List.of(table.read().columns()).contains("more") ? some.withColumn("more", lit("x")) : some);
    }

    private static String day(Random random) {
        return "2026-11-2" + random.nextInt(4);
    }

    /** As a partition's folder may not be called. */
    private static String shop(Random random) {
        return Stream.of("a", "b c", "d%2F=é", "").toList().get(random.nextInt(4));
    }

    /** The newest at least; older ones unless they were not seen, or had another schema. */
    private void assertSameFilesAsDelta(long version) {
        DeltaLog log = table.log();
        long newest = log.unsafeVolatileSnapshot().version();
        Optional<List<AddFile>> files = TableFiles.at(log, log.unsafeVolatileSnapshot(), version);
        Snapshot delta = log.getSnapshotAt(version, Option.empty(), Option.empty(), false);
        assertThat(files.isPresent() || version < newest).isTrue();
        files.ifPresent(found -> assertThat(table.leastSeq(version))
                .isEqualTo(table.at(version).select("seq").collectAsList().stream()
                        .mapToLong(row -> row.getLong(0))
                        .min()
                        .orElse(Long.MAX_VALUE)));
        files.ifPresent(found -> assertThat(found)
                .as("version %d", version)
                .extracting(AddFile::path)
                .containsExactlyInAnyOrderElementsOf(delta.allFiles().collectAsList().stream()
                        .map(AddFile::path)
                        .toList()));
    }

    private void assertSameRowsAsDelta(long version) {
        Dataset<Row> delta =
                spark.read().format("delta").option("versionAsOf", version).load(table.path());
        Dataset<Row> ours = table.at(version);
        assertThat(ours.schema()).isEqualTo(delta.schema());
        for (String where : List.of(
                "true",
                "event_date = DATE'2026-11-21'",
                "event_date > DATE'2026-11-21' AND n > 10",
                "EVENT_DATE IN (DATE'2026-11-20', DATE'2026-11-23') AND shop <> 'a'",
                "shop IS NULL OR event_date = DATE'2026-11-22'",
                "shop = 'd%2F=é' OR n < 5")) {
            assertThat(rows(ours.where(where)))
                    .as("version %d where %s", version, where)
                    .isEqualTo(rows(delta.where(where)));
        }
    }

    private static List<String> rows(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    @Test
    void toChooseThemNeedsNoJob() throws Exception {
        append(new Random(1));
        long version = table.version();
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counting = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        spark.sparkContext().addSparkListener(counting);
        try {
            assertThat(table.at(version)
                            .where("event_date > DATE'2026-01-01' AND n >= 0")
                            .collectAsList())
                    .isNotEmpty();
            spark.sparkContext().listenerBus().waitUntilEmpty();
            assertThat(jobs).as("the query itself").hasValue(1);
        } finally {
            spark.sparkContext().removeSparkListener(counting);
        }
    }

    /** Delta chooses where many files are left, and the time chooses dates. */
    @Test
    void ofManyFilesThoseOfTheFilterAreRead() {
        StructType schema = StructType.fromDDL("event_date DATE, window_start TIMESTAMP, n BIGINT");
        LakeTable many = new LakeTable(spark, dir.resolve("many").toString());
        many.create(schema, List.of("event_date"), Map.of());
        many.append(spark.range(0, 300, 1, 75)
                .selectExpr("DATE'2026-11-20' + int(id % 3) AS event_date", "id AS n")
                .selectExpr("event_date", "timestamp(event_date) + make_dt_interval(0, 23, 59) AS window_start", "n"));
        long version = many.version();

        assertThat(ScannedFiles.of(many.at(version))).hasSize(225);
        assertThat(ScannedFiles.of(many.at(version).where("n = 100"))).hasSizeLessThan(10);
        assertThat(many.at(version).where("n = 100").count()).isEqualTo(1);
        assertThat(ScannedFiles.of(many.at(version).where("event_date = DATE'2026-11-20'")))
                .hasSize(75);
        for (String time : List.of(
                "window_start >= TIMESTAMP'2026-11-22 00:00:00'",
                "window_start > TIMESTAMP'2026-11-21 23:59:59'",
                "window_start < TIMESTAMP'2026-11-21 00:00:00'",
                "window_start = TIMESTAMP'2026-11-21 23:59:00'",
                "window_start <= TIMESTAMP'2026-11-20 23:59:59'")) {
            assertThat(ScannedFiles.of(many.at(version).where(time)).stream()
                            .map(file -> file.replaceAll("/[^/]*$", ""))
                            .distinct())
                    .as(time)
                    .hasSize(1);
            assertThat(many.at(version).where(time).count()).as(time).isEqualTo(100);
        }
    }

    @Test
    void aLookThatFailedLeavesWhatWasKnown() {
        for (int i = 0; i < 22; i++) { // so many are read by a job
            append(new Random(i));
        }
        long version = table.version();
        SparkListener failing = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                spark.sparkContext().cancelAllJobs();
            }
        };
        spark.sparkContext().addSparkListener(failing);
        try {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 50; i++) { // a short job may end before it is cancelled
                            TableFiles.forget();
                            table.at(version);
                        }
                    })
                    .hasMessageContaining("cancelled");
        } finally {
            spark.sparkContext().removeSparkListener(failing);
        }
        assertSameRowsAsDelta(version);
    }

    @Test
    void whereCommitsWereCleanedAwayTheSnapshotTellsAll() throws Exception {
        append(new Random(1));
        long seen = table.version();
        assertSameFilesAsDelta(seen);
        for (int i = 0; i < 12; i++) {
            append(new Random(i));
        }
        Path log = dir.resolve("table/_delta_log");
        for (long version = 0; version <= seen + 2; version++) {
            Files.delete(log.resolve("%020d.json".formatted(version)));
        }
        assertSameFilesAsDelta(table.version());
    }

    @Test
    void aTableThatIsMadeAgainHasNoneOfTheOldOnes() {
        append(new Random(1));
        assertThat(table.at(table.version()).count()).isPositive();
        DeltaLog.clearCache();
        delete(dir.resolve("table"));
        table.create(SCHEMA, List.of("event_date", "shop"), Map.of());
        assertThat(table.at(table.version()).count()).isZero();
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
