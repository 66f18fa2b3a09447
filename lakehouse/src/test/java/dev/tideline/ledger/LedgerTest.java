package dev.tideline.ledger;

import static dev.tideline.Sales.DAY;
import static dev.tideline.Sales.FEED;
import static dev.tideline.Sales.NOW;
import static dev.tideline.Sales.PARTITION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SmallTables;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.Views;
import dev.tideline.table.LakeTable;
import dev.tideline.table.LedgerTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ledgers on real Delta tables; each {@link Lake} stands for another process. */
@Tag("lane-b")
class LedgerTest {
    private static SparkSession spark;

    @TempDir
    Path dir;

    private Lake lake;

    @BeforeAll
    static void session() {
        spark = SmallTables.session();
    }

    @BeforeEach
    void lake() {
        lake = another();
    }

    @Test
    void startsEmpty() {
        assertThat(speed(lake).last()).isEmpty();
        assertThat(speed(lake).progress()).isEqualTo(Progress.NONE);
        assertThat(speed(lake).newestFirst()).isEmpty();
        assertThat(lake.days().records("sales")).isEmpty();
    }

    @Test
    void readsBackWhatItAppended() {
        ProgressRecord record = record(Progress.NONE, "run-a", 5);

        assertThat(speed(lake).append(record)).isTrue();

        assertThat(speed(lake).last()).contains(record);
        assertThat(speed(another()).last()).contains(record);
        assertThat(speed(another()).newestFirst()).containsExactly(record.progress());
    }

    @Test
    void refusesASeqThatIsTaken() {
        Lake other = another();
        assertThat(speed(other).progress()).isEqualTo(Progress.NONE);
        ProgressRecord first = record(Progress.NONE, "run-a", 5);
        ProgressRecord late = record(Progress.NONE, "run-b", 9);

        assertThat(speed(lake).append(first)).isTrue();
        assertThat(speed(other).append(late)).isFalse();

        assertThat(speed(other).last()).contains(first);
        ProgressRecord third = record(first.progress(), "run-a", 12);
        assertThat(speed(lake).append(third)).isTrue();
        assertThat(speed(other).append(record(late.progress(), "run-b", 20))).isFalse();
        assertThat(speed(another()).between(1, 9)).containsExactly(first.progress(), third.progress());
    }

    @Test
    void oneOfTwoAtOnceStandsAndTheOtherKnows() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Progress last = Progress.NONE;
            for (int round = 1; round <= 5; round++) {
                CyclicBarrier barrier = new CyclicBarrier(2);
                List<Future<Boolean>> stand = new ArrayList<>();
                for (String run : List.of("a" + round, "b" + round)) {
                    ProgressRecord record = record(last, run, round);
                    Lake process = another();
                    stand.add(threads.submit(() -> {
                        barrier.await();
                        return speed(process).append(record);
                    }));
                }
                boolean first = stand.get(0).get();
                boolean second = stand.get(1).get();

                assertThat(first).isNotEqualTo(second);
                last = speed(lake).progress();
                assertThat(last.seq()).isEqualTo(round);
                assertThat(last.run()).isEqualTo((first ? "a" : "b") + round);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void readsAllItsRecordsAfterManyAppendsAndAfterCompaction() {
        Lake reader = another();
        Progress last = Progress.NONE;
        for (int seq = 1; seq <= 24; seq++) {
            ProgressRecord record = record(last, "run-" + seq / 7, seq * 3L);
            assertThat(speed(lake).append(record)).isTrue();
            last = record.progress();
            if (seq == 2) {
                assertThat(speed(reader).progress())
                        .as("a reader far behind from here on")
                        .isEqualTo(last);
            }
        }
        assertThat(speed(reader).progress()).isEqualTo(last);
        for (int compacted = 0; compacted < 2; compacted++) {
            assertThat(speed(another()).progress()).isEqualTo(last);
            assertThat(speed(another()).between(1, 99))
                    .extracting(Progress::seq)
                    .isEqualTo(LongStream.rangeClosed(1, 24).boxed().toList());
            List<Long> newestFirst = new ArrayList<>();
            speed(another()).newestFirst().forEach(p -> newestFirst.add(p.seq()));
            assertThat(newestFirst)
                    .isEqualTo(LongStream.rangeClosed(1, 24)
                            .map(i -> 25 - i)
                            .boxed()
                            .toList());
            assertThat(speed(another()).newest(2))
                    .extracting(r -> r.progress().seq())
                    .containsExactly(23L, 24L);
            lake.progressTable(FEED, Stream.SPEED).compact();
        }
        ProgressRecord next = record(last, "run-z", 100);
        assertThat(speed(lake).append(next)).isTrue();
        assertThat(speed(reader).progress()).isEqualTo(next.progress());
        assertThat(Progress.breaks(speed(another()).between(1, 99))).isEmpty();
    }

    @Test
    void aDaysEntryIsRefusedWhenAnotherCameSinceItsWriterRead() {
        Lake other = another();
        Day before = other.days().day("sales", DAY);

        assertThat(lake.days().append(entry(DAY, before, new DayEntry.Published("g1", horizon(3)))))
                .isTrue();
        assertThat(other.days().append(entry(DAY, before, new DayEntry.Published("g2", horizon(2)))))
                .isFalse();
        assertThat(other.days().append(entry(DAY.plusDays(1), Day.NEW, new DayEntry.Published("g3", horizon(2)))))
                .isTrue();

        assertThat(other.days().day("sales", DAY).current()).contains("g1");
        assertThat(lake.days().days("sales")).containsOnlyKeys(DAY, DAY.plusDays(1));
        assertThat(lake.days().days("other")).isEmpty();
        Day now = other.days().day("sales", DAY);
        assertThat(other.days().append(entry(DAY, now, new DayEntry.Folded(3, 7, List.of()))))
                .isTrue();
        assertThat(lake.days().day("sales", DAY).foldedTo()).isEqualTo(7);
        assertThat(another().days().day("sales", DAY).entries()).isEqualTo(2);
    }

    @Test
    void aReaderThatSleptWhileTheLogWasCutMissesNothing() throws Exception {
        Instant[] now = {NOW};
        DayLedger asleep = sleeper(now);
        for (int i = 0; i < 6; i++) {
            LocalDate day = DAY.plusDays(i);
            assertThat(lake.days().append(entry(day, Day.NEW, new DayEntry.Published("g" + i, horizon(i)))))
                    .isTrue();
            if (i == 1) {
                assertThat(asleep.records("sales")).hasSize(2);
            }
        }
        lake.daysTable().log().checkpoint();
        long seen = lake.daysTable().version() - 4;
        Files.delete(dir.resolve("lake/days/_delta_log/%020d.json".formatted(seen + 1)));

        now[0] = NOW.plus(Duration.ofDays(3));
        assertThat(asleep.records("sales")).hasSize(6);
    }

    @Test
    void recordsWhoseCommitsWereCleanedAwayComeFromTheSnapshot() throws Exception {
        List<Progress> written = appended(12);
        for (int i = 0; i < 4; i++) {
            assertThat(lake.days().append(entry(DAY.plusDays(i), Day.NEW, new DayEntry.Published("g" + i, horizon(i)))))
                    .isTrue();
        }
        clean(lake.progressTable(FEED, Stream.SPEED), 8);
        clean(lake.daysTable(), 2);

        LakeLedgers reader = withoutASession();
        ProgressLedger speed = reader.progress("sales", Stream.SPEED);
        assertThat(speed.progress()).isEqualTo(written.get(11));
        assertThat(speed.newest(2)).extracting(ProgressRecord::progress).isEqualTo(written.subList(10, 12));
        assertThat(speed.newest(9)).extracting(ProgressRecord::progress).isEqualTo(written.subList(3, 12));
        assertThat(speed.newest(9, Long.MAX_VALUE)).isEqualTo(speed.newest(9));
        assertThat(speed.newest(9, 1)).isEqualTo(speed.newest(1));
        assertThat(speed.between(2, 5)).isEqualTo(written.subList(1, 5));
        assertThat(speed.newestFirst()).hasSize(12).startsWith(written.get(11)).endsWith(written.get(0));
        assertThat(reader.days().records("sales"))
                .extracting(DayRecord::day)
                .containsExactlyInAnyOrder(DAY, DAY.plusDays(1), DAY.plusDays(2), DAY.plusDays(3));

        for (Path file : rows(lake.progressTable(FEED, Stream.SPEED))) {
            Files.delete(file);
        }
        assertThat(speed.newest(9))
                .as("read once")
                .extracting(ProgressRecord::progress)
                .isEqualTo(written.subList(3, 12));
    }

    private static List<Path> rows(LakeTable table) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.list(Path.of(table.path()))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }

    @Test
    void aStreamThatWasQuietForAWeekGoesOnWhereItStopped() throws Exception {
        List<Progress> written = appended(3);
        for (LocalDate day : List.of(DAY, DAY.minusDays(1))) {
            assertThat(lake.days().append(entry(day, Day.NEW, new DayEntry.Published("g", horizon(1)))))
                    .isTrue();
        }
        for (LakeTable table : List.of(lake.progressTable(FEED, Stream.SPEED), lake.daysTable())) {
            table.compact(); // the newest commit is without a record
            clean(table, Long.MAX_VALUE);
        }

        LakeLedgers reader = withoutASession();
        assertThat(reader.progress("sales", Stream.SPEED).progress()).isEqualTo(written.get(2));
        assertThat(reader.days().days("sales")).containsOnlyKeys(DAY, DAY.minusDays(1));
        Lake process = another();
        ProgressRecord next = record(written.get(2), "run-z", 100);
        assertThat(speed(process).append(next)).isTrue();
        assertThat(process.days().append(entry(DAY.plusDays(1), Day.NEW, new DayEntry.Sealed())))
                .isTrue();

        assertThat(reader.progress("sales", Stream.SPEED).progress()).isEqualTo(next.progress());
        assertThat(reader.progress("sales", Stream.SPEED).between(1, 9)).hasSize(4);
        assertThat(reader.days().days("sales")).containsOnlyKeys(DAY, DAY.minusDays(1), DAY.plusDays(1));
    }

    @Test
    void aLakeOpenedForReadingRefusesAppends() {
        assertThatThrownBy(() ->
                        withoutASession().progress("sales", Stream.SPEED).append(record(Progress.NONE, "run-a", 5)))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot append to " + dir.resolve("lake/progress/sales-speed")
                        + ": the lake was opened for reading");
    }

    private List<Progress> appended(int count) {
        List<Progress> written = new ArrayList<>();
        Progress last = Progress.NONE;
        for (int seq = 1; seq <= count; seq++) {
            ProgressRecord record = record(last, "run-a", seq * 3L);
            assertThat(speed(lake).append(record)).isTrue();
            last = record.progress();
            written.add(last);
        }
        return written;
    }

    /** Does what Delta does with commits older than two days: those below a checkpoint go, at most up to {@code version}. */
    private static void clean(LakeTable table, long version) throws Exception {
        table.log().checkpoint();
        long newest = table.version();
        for (long v = 0; v <= Math.min(version, newest - 1); v++) {
            Files.delete(Path.of(table.path(), "_delta_log", "%020d.json".formatted(v)));
        }
        DeltaLog.clearCache();
    }

    private LakeLedgers withoutASession() {
        return LakeLedgers.at(dir.resolve("lake").toString(), LakeSession.writer());
    }

    private DayLedger sleeper(Instant[] now) {
        Clock clock = new Clock() {
            @Override
            public Instant instant() {
                return now[0];
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        return new DayLedger(
                dir.resolve("lake/days").toString(),
                spark.sparkContext().hadoopConfiguration(),
                (record, app, number, isNext, columns) -> false,
                clock);
    }

    @Test
    void twoFeedsCannotShareARollupsTables() {
        lake.feeds().declare(FEED, NOW);
        Feed other = FeedFile.parse("other.yaml", FEED.source().replace("feed: sales", "feed: other"));

        assertThatThrownBy(() -> lake.feeds().declare(other, NOW))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot declare feed other: feed sales of this lake has a rollup sales already"
                        + " (give one of them another name)");
        assertThat(lake.feeds().all()).containsOnlyKeys("sales");
    }

    @Test
    void aRollupInOtherWordsIsRefusedOnceItHasTables() {
        Feed first = measuring("n: count(), total: sum(amount)");
        Feed spelled = measuring("n: count(), total: sum( amount )");
        Feed turned = measuring("total: sum(amount), n: count()");
        lake.feeds().declare(first, NOW);
        lake.feeds().declare(spelled, NOW); // there is nothing to lose yet
        lake.feeds().declare(first, NOW);
        lake.speed(first.rollups().get(0)).create(new StructType().add("seq", "bigint"), List.of(), Map.of());

        assertThatThrownBy(() -> lake.feeds().declare(spelled, NOW))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot declare feed sales: its rollup totals means what it did in other words, and would"
                        + " start with empty tables (write sum(amount), not sum( amount ))");
        assertThatThrownBy(() -> lake.feeds().declare(turned, NOW))
                .hasMessageEndingWith("(write its columns in the order of before: ; n, total)");
        lake.feeds().declare(measuring("n: count(), total: sum(amount + 1)"), NOW);
    }

    private static Feed measuring(String measures) {
        return FeedFile.parse("sales.yaml", """
                feed: sales
                topic: sales
                schema: id STRING NOT NULL, amount BIGINT, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { totals: { measures: { %s } } }
                """.formatted(measures));
    }

    @Test
    void aRetiredFeedLeavesItsNamesButNotItsTables() {
        lake.feeds().declare(FEED, NOW);
        Feed other = FeedFile.parse("other.yaml", FEED.source().replace("feed: sales", "feed: other"));

        assertThat(lake.feeds().retire("sales", NOW)).isTrue();
        assertThat(lake.feeds().retire("sales", NOW)).isFalse();
        assertThat(lake.feeds().all()).isEmpty();
        assertThat(lake.ledgers().feeds().newest()).isEmpty();
        assertThatThrownBy(() -> lake.feeds().declare(FEED, NOW))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot declare feed sales: it was retired at " + NOW
                        + " (tideline feeds --restore sales brings it back)");

        lake.feeds().declare(other, NOW); // no stream of sales ever made its tables
        assertThatThrownBy(() -> lake.feeds().restore("sales", NOW))
                .hasMessageContaining("feed other of this lake has a rollup sales already");
        lake.speed(FEED.rollups().get(0)).create(new StructType().add("seq", "bigint"), List.of(), Map.of());
        lake.feeds().declare(FeedFile.parse("other.yaml", other.source() + "# changed\n"), NOW);
        lake.feeds().retire("other", NOW);
        assertThatThrownBy(() -> lake.feeds().restore("sales", NOW))
                .hasMessage("Cannot declare feed sales: its rollup sales would go on in the tables of the retired feed"
                        + " other (give it another name, or delete them: speed/sales and batch/sales_*)");
    }

    @Test
    void aFeedThatCannotBeReadTakesNoOthersAway() {
        lake.feeds().declare(FEED, NOW);
        lake.ledgers()
                .feeds()
                .append(new FeedLedger.Declaration("newer", "feed: newer\nsketches: all\n", NOW, false, ""), 1);

        assertThat(lake.feeds().all()).containsOnlyKeys("sales");
        assertThat(lake.feeds().unreadable().get("newer"))
                .startsWith("Cannot use feed file of the lake, newer: ")
                .contains("sketches")
                .doesNotContain("\n");
        assertThatThrownBy(() -> new Views(lake).view("newer_events"))
                .isInstanceOf(NotFound.class)
                .hasMessageContaining("; its feed newer cannot be read by this release: ");
        assertThat(new Views(lake).feed("sales_1m")).contains(FEED);
        Feed changed = FeedFile.parse("sales.yaml", FEED.source() + "# changed\n");
        lake.feeds().declare(changed, NOW);
        assertThat(lake.feeds().all()).containsEntry("sales", changed);
    }

    @Test
    void aReleaseThatLacksAFeatureOfWritersReadsOn() {
        DayRecord sealed =
                DayLedger.entry("sales", DAY, Day.NEW, new DayEntry.Sealed(), Map.of(), Map.of(), "", "dev", NOW);
        String json = LedgerJson.write(sealed)
                .replace("\"format\":2", "\"format\":3,\"requires_to_append\":{\"tiers\":\"0.7.0\"}");
        new LedgerTable(lake.daysTable(), DayLedger.COLUMNS)
                .append(
                        json,
                        "sales/" + DAY,
                        1,
                        version -> true,
                        Arrays.asList("sales", Date.valueOf(DAY), 1L, "Sealed", null, null, Timestamp.from(NOW)));

        assertThat(lake.days().records("sales")).containsExactly(sealed);
        assertThatThrownBy(() -> lake.days()
                        .append(DayLedger.entry(
                                "sales",
                                DAY,
                                lake.days().day("sales", DAY),
                                new DayEntry.Released(),
                                Map.of(),
                                Map.of(),
                                "",
                                "dev",
                                NOW)))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot append to the lake's ledger "
                        + lake.daysTable().path() + ": it uses tiers (upgrade to 0.7.0 or later)");
    }

    @Test
    void everyKindOfEntryComesBackAsItWas() {
        List<DayEntry> entries = List.of(
                new DayEntry.Published("g1", horizon(3)),
                new DayEntry.Published("g2", horizon(4)),
                new DayEntry.RolledBack("g1"),
                new DayEntry.Released(),
                new DayEntry.Intends(5),
                new DayEntry.Folded(4, 9, List.of(5L)),
                new DayEntry.Retired(List.of("g2"), 3),
                new DayEntry.Sealed());
        assertThat(entries)
                .extracting(Object::getClass)
                .as("every kind that there is")
                .containsAll(List.of(DayEntry.class.getPermittedSubclasses()));
        for (DayEntry entry : entries) {
            assertThat(lake.days().append(entry(DAY, lake.days().day("sales", DAY), entry)))
                    .isTrue();
        }

        assertThat(another().days().records("sales"))
                .extracting(DayRecord::entry)
                .isEqualTo(entries);
        assertThat(another().days().day("sales", DAY)).isEqualTo(Day.of(entries));
    }

    @Test
    void refusesAKindOfEntryThatANewerReleaseWrote() {
        DayRecord known = entry(DAY, Day.NEW, new DayEntry.Published("g1", horizon(3)));
        assertThat(lake.days().append(known)).isTrue();
        Ledger<Object> newer = new Ledger<>(
                dir.resolve("lake/days").toString(),
                spark.sparkContext().hadoopConfiguration(),
                Object.class,
                new LedgerTable(lake.daysTable(), DayLedger.COLUMNS));
        Map<String, Object> dropped = Map.of(
                "feed", "sales", "day", "2026-11-20", "number", 2, "writer", "w", "entry", Map.of("kind", "dropped"));
        newer.append(
                dropped, "sales/" + DAY, 2, () -> true, "sales", Date.valueOf(DAY), 2L, "Dropped", null, null, null);

        for (Lake reader : List.of(lake, another())) {
            assertThatThrownBy(() -> reader.days().days("sales"))
                    .isInstanceOf(CannotException.class)
                    .hasMessage("Cannot read the lake's ledger " + dir.resolve("lake/days")
                            + ": entry kind dropped is of a newer release (upgrade)");
        }
    }

    @Test
    void theViewOfProgressShowsCutsByPartitionWhicheverFormatWroteThem() {
        lake.feeds().declare(FEED, NOW);
        appended(1);
        Map<String, Object> cut = Map.of("topic", "sales", "topic_id", "t1", "partition", 7, "offset", 9);
        new LedgerTable(lake.progressTable(FEED, Stream.SPEED), ProgressLedger.COLUMNS)
                .append(
                        LedgerJson.write(Map.of("progress", Map.of("cut", List.of(cut)))),
                        "progress",
                        2,
                        version -> true,
                        Arrays.asList(2L, "run-a", 3L, 2L, 1L, "host:1", null));

        assertThat(new Views(another())
                        .view("tideline_progress")
                        .orderBy("seq")
                        .selectExpr("inline(cut)")
                        .collectAsList())
                .extracting(Row::toString)
                .containsExactly("[sales,t1,0,3]", "[sales,t1,7,9]");
    }

    private static DayRecord entry(LocalDate date, Day known, DayEntry entry) {
        return DayLedger.entry(
                "sales", date, known, entry, Map.of("events", 7L), Map.of("sales", "f"), "p", "dev", NOW);
    }

    private static Horizon horizon(long seq) {
        return new Horizon(seq, "run", Optional.empty());
    }

    private static ProgressRecord record(Progress last, String run, long offset) {
        Progress next = last.next(run, last.cut(), new Cut(Map.of(PARTITION, offset)));
        return new ProgressRecord(
                next,
                Map.of("consumed", 3L, "accepted", 2L, "rejected", 1L),
                "p",
                Map.of("sales", "f"),
                Map.of("sales", new Introduced(7, List.of(DAY))),
                Map.of(DAY, 3L),
                "host:1",
                NOW,
                NOW);
    }

    private static ProgressLedger speed(Lake lake) {
        return lake.progress(FEED, Stream.SPEED);
    }

    private Lake another() {
        return Lake.at(spark, dir.resolve("lake").toString());
    }
}
