package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.ChangedRollups;
import dev.tideline.operations.DirtyDays;
import dev.tideline.operations.Verification;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.FeedSnapshots;
import dev.tideline.serving.RollupQuery;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rollup that is added to a running feed answers for days that it has seen all events of, and for no others. */
@Tag("lane-b")
class NewRollupIT {
    private static final LocalDate MONDAY = LocalDate.of(2026, 11, 16);
    private static final LocalDate TUESDAY = MONDAY.plusDays(1);
    private static final LocalDate WEDNESDAY = MONDAY.plusDays(2);
    private static final LocalDate THURSDAY = MONDAY.plusDays(3);
    private static final Instant NOW = Instant.parse("2026-11-19T00:00:00Z");
    private static final Feed BEFORE = feed("sales: { measures: { n: count() } }");
    private static final Feed AFTER =
            feed("sales: { measures: { n: count() } }, by_shop: { dimensions: [ shop ], measures: { n: count() } }");

    private static SparkSession spark;

    @TempDir
    Path dir;

    private final FakeTopic topic = new FakeTopic("sales");
    private Lake lake;
    private final Map<LocalDate, Long> sentOf = new TreeMap<>();
    private int sent;

    @BeforeAll
    static void session() {
        spark = SharedSpark.session();
    }

    @BeforeEach
    void twoDaysBeforeTheRollupIsAdded() {
        lake = Lake.at(spark, dir.resolve("lake").toString());
        FeedTables.create(lake, BEFORE);
        send(MONDAY, 2);
        send(TUESDAY, 3);
        read(BEFORE, Stream.SPEED);
    }

    @Test
    void saysNothingOfDaysThatHadEventsBefore() {
        FeedTables.create(lake, AFTER);
        assertThat(byShop()).isEmpty();
        assertThat(FeedSnapshots.now(lake, AFTER).unavailable(AFTER.rollups().get(1), MONDAY, WEDNESDAY))
                .as("no stream computes it yet")
                .containsExactly(MONDAY, TUESDAY, WEDNESDAY);

        send(TUESDAY, 1);
        send(WEDNESDAY, 4);
        read(AFTER, Stream.SPEED);

        assertThat(byShop()).containsOnly(Map.entry(WEDNESDAY, 4L));
        assertThat(answers("sales_1m"))
                .containsOnly(Map.entry(MONDAY, 2L), Map.entry(TUESDAY, 4L), Map.entry(WEDNESDAY, 4L));
        FeedSnapshot now = FeedSnapshots.now(lake, AFTER);
        assertThat(now.unavailable(AFTER.rollups().get(1), MONDAY, WEDNESDAY)).containsExactly(MONDAY, TUESDAY);
        assertThat(now.unavailable(AFTER.rollups().get(0), MONDAY, WEDNESDAY)).isEmpty();
    }

    @Test
    void aRecomputeBringsADayAndLateEventsAddToIt() throws IOException {
        read(BEFORE, Stream.ARCHIVE);
        FeedTables.create(lake, AFTER);
        send(TUESDAY, 1);
        read(AFTER, Stream.SPEED);
        read(AFTER, Stream.ARCHIVE);

        assertThat(DirtyDays.find(lake, AFTER, WEDNESDAY)).containsExactly(MONDAY, TUESDAY);
        Recompute.run(lake, AFTER, TUESDAY, NOW);
        assertThat(byShop()).containsOnly(Map.entry(TUESDAY, 4L));
        assertThat(DirtyDays.find(lake, AFTER, WEDNESDAY)).containsExactly(MONDAY);
        send(TUESDAY, 1);
        send(MONDAY, 1);
        read(AFTER, Stream.SPEED);
        assertThat(byShop()).containsOnly(Map.entry(TUESDAY, 5L));

        assertThat(verify()).isEmpty();
        try (java.util.stream.Stream<Path> files = Files.walk(dir.resolve("lake/batch/by_shop_1h"))) {
            Files.delete(files.filter(f -> f.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow());
        }
        assertThat(verify()).singleElement().asString().contains(" 1 of 1 files are lost, the first: event_date=");
    }

    private List<String> verify() {
        return Verification.of(lake, AFTER, Verification.Scope.ALL, line -> {}).findings();
    }

    @Test
    void aRecomputeAheadOfTheSpeedLayerCountsUntilThatReadsOn() {
        read(BEFORE, Stream.ARCHIVE);
        FeedTables.create(lake, AFTER);
        Recompute.run(lake, AFTER, MONDAY, NOW);
        assertThat(byShop()).containsOnly(Map.entry(MONDAY, 2L));

        send(MONDAY, 1);
        read(BEFORE, Stream.SPEED);
        FeedTables.create(lake, AFTER);
        assertThat(byShop()).as("one event is in no table of the rollup").isEmpty();

        send(MONDAY, 1);
        read(AFTER, Stream.SPEED);
        assertThat(byShop()).isEmpty();
        assertThat(answers("sales_1h")).containsEntry(MONDAY, 4L);
    }

    @Test
    void aDefinitionThatChangesTwiceRemembersTheDaysBeforeBoth() {
        Feed all = feed("by_shop: { where: id <> '', dimensions: [ shop ], measures: { n: count() } }");
        FeedTables.create(lake, all);
        send(WEDNESDAY, 1);
        read(all, Stream.SPEED);
        Feed again = feed("by_shop: { dimensions: [ shop ], measures: { n: count() } }");
        FeedTables.create(lake, again);
        send(MONDAY, 1);
        read(again, Stream.SPEED);

        assertThat(byShop()).isEmpty();
    }

    @Test
    void aRecomputeNeedsTheStreamsToKnowTheRollup() {
        read(BEFORE, Stream.ARCHIVE);

        assertThatThrownBy(() -> Recompute.run(lake, AFTER, MONDAY, NOW))
                .isInstanceOf(CannotException.class)
                .hasMessageContaining("the lake has no tables for by_shop")
                .hasMessageContaining("start the feed's streams with this file first");
        assertThat(lake.days().records("sales")).isEmpty();
    }

    @Test
    void aRecomputeNeedsTheArchiveToDecodeAsItsFileSaysOrToBeAboutTo() {
        read(BEFORE, Stream.ARCHIVE);
        Feed stricter = FeedFile.parse("sales.yaml", BEFORE.source() + "accept: { late: 1h }\n");

        assertThatThrownBy(() -> Recompute.run(lake, stricter, MONDAY, NOW))
                .isInstanceOf(CannotException.class)
                .hasMessageContaining("its archive decoded seq 1 by policy " + BEFORE.policy())
                .hasMessageContaining("the feed file is policy " + stricter.policy());
        assertThat(lake.days().records("sales")).isEmpty();

        announce(stricter);
        assertThat(Recompute.run(lake, stricter, MONDAY, NOW).published()).isTrue();
        assertThat(Recompute.run(lake, BEFORE, MONDAY, NOW).published()).isTrue();
        send(MONDAY, 1);
        read(stricter, Stream.ARCHIVE);
        assertThatThrownBy(() -> Recompute.run(lake, BEFORE, MONDAY, NOW)).isInstanceOf(CannotException.class);
        assertThat(Recompute.run(lake, stricter, MONDAY, NOW).published()).isTrue();
        assertThat(verify()).isEmpty();
    }

    /** As the archive's ledger says it before its stream is past the cut. */
    private void announce(Feed feed) {
        ProgressRecord last = lake.progress(feed, Stream.ARCHIVE).last().orElseThrow();
        assertThat(lake.progress(feed, Stream.ARCHIVE)
                        .append(new ProgressRecord(
                                last.progress().next("announces", Cut.NOTHING, Cut.NOTHING),
                                Map.of(),
                                last.policy(),
                                last.rollups(),
                                last.introduced(),
                                last.touched(),
                                last.driver(),
                                NOW,
                                NOW,
                                List.of(new PolicyChange(
                                        1,
                                        last.policy(),
                                        feed.policy(),
                                        "speed",
                                        last.progress().cut())))))
                .isTrue();
    }

    @Test
    void aRollbackToAGenerationWithoutItTakesTheDayAway() {
        read(BEFORE, Stream.ARCHIVE);
        String old = Recompute.run(lake, BEFORE, MONDAY, NOW).generation();
        FeedTables.create(lake, AFTER);
        Recompute.run(lake, AFTER, MONDAY, NOW.plusSeconds(60));
        assertThat(byShop()).containsEntry(MONDAY, 2L);

        Rollback.to(lake, AFTER, MONDAY, old, NOW.plusSeconds(120));

        assertThat(byShop()).isEmpty();
        assertThat(answers("sales_1m")).containsEntry(MONDAY, 2L);
    }

    /**
     * Monday is settled and sealed before the measures change, with late events of before and after; Tuesday is settled before; Wednesday has
     * events of before and after, and Thursday of after only.
     */
    @Test
    @Tag("lane-c")
    void aMeasureThatIsAddedIsMissingOnDaysOfBeforeAndHidesNothing() {
        Feed old = feed("by_shop: { dimensions: [ shop ], measures: { n: count(), last: last(id) } }");
        Feed more = feed("""
                by_shop: {
                  dimensions: [ shop ],
                  measures: { n: count( ), ids: distinct(id), often: "top(id, 3)", minutes: quantiles(minute(at)),
                    most: max(minute(at)) },
                  derived: { each: n / ids } }
                """);
        Rollup rollup = more.rollups().get(0);
        lake = Lake.at(spark, dir.resolve("measures").toString());
        FeedTables.create(lake, old);
        read(old, Stream.SPEED);
        read(old, Stream.ARCHIVE);
        Recompute.run(lake, old, MONDAY, NOW);
        String before = Recompute.run(lake, old, TUESDAY, NOW).generation();
        assertThat(new Maintain(lake, old).seal(MONDAY, NOW)).isTrue();
        send(MONDAY, 1);
        send(WEDNESDAY, 3);
        read(old, Stream.SPEED);
        read(old, Stream.ARCHIVE);
        assertThat(ChangedRollups.effects(lake.ledgers(), declaration(more)))
                .contains(
                        "by_shop: 3 days will read NULL in ids (1 of them sealed: for ever; the others until recomputed)");

        FeedTables.create(lake, more);
        assertSeen(MONDAY, TUESDAY, WEDNESDAY, THURSDAY);
        send(WEDNESDAY, 2);
        read(old, Stream.SPEED);
        assertSeen(MONDAY, TUESDAY, WEDNESDAY, THURSDAY);
        for (LocalDate day : List.of(MONDAY, TUESDAY, WEDNESDAY, THURSDAY)) {
            send(day, 4);
        }
        read(more, Stream.SPEED);
        read(more, Stream.ARCHIVE);
        assertSeen(MONDAY, TUESDAY, WEDNESDAY);
        FeedSnapshot now = FeedSnapshots.now(lake, more);
        assertThat(now.unavailable(rollup, MONDAY, THURSDAY)).isEmpty();
        assertThat(now.missing(rollup, TUESDAY, THURSDAY)).containsEntry("ids", List.of(TUESDAY, WEDNESDAY));
        assertThat(over(rollup, now, MONDAY, THURSDAY)).containsExactly(sent, null, null);
        assertThat(over(rollup, now, THURSDAY, THURSDAY)).containsExactly(4, 4, 1.0);
        assertThat(DirtyDays.find(lake, more, THURSDAY)).containsExactly(TUESDAY, WEDNESDAY);

        Maintain upkeep = new Maintain(lake, more);
        assertThat(upkeep.fold(WEDNESDAY, NOW)).isPresent();
        assertSeen(MONDAY, TUESDAY, WEDNESDAY);
        Recompute.run(lake, more, TUESDAY, NOW.plusSeconds(60));
        assertSeen(MONDAY, WEDNESDAY);
        Rollback.to(lake, more, TUESDAY, before, NOW.plusSeconds(120));
        assertSeen(MONDAY, TUESDAY, WEDNESDAY);
        Rollback.release(lake, more, TUESDAY, NOW.plusSeconds(180));
        Recompute.run(lake, more, TUESDAY, NOW.plusSeconds(240));
        Recompute.run(lake, old, WEDNESDAY, NOW.plusSeconds(240));
        assertSeen(MONDAY, WEDNESDAY);
        Recompute.run(lake, more, WEDNESDAY, NOW.plusSeconds(300));
        assertSeen(MONDAY);
        for (LocalDate day : List.of(MONDAY, TUESDAY, WEDNESDAY)) {
            upkeep.prune(day, Duration.ZERO, NOW.plusSeconds(3600));
        }
        assertSeen(MONDAY);
        assertThat(lake.batch(old.rollups().get(0), Grain.HOUR).dates())
                .as("what is superseded has left the tables of before")
                .containsExactly(MONDAY);
        assertThat(Verification.of(lake, more, Verification.Scope.ALL, line -> {})
                        .findings())
                .isEmpty();

        Feed less = feed("by_shop: { dimensions: [ shop ], measures: { n: count() } }");
        FeedTables.create(lake, less);
        assertThat(ChangedRollups.effects(lake.ledgers(), declaration(less))).isEmpty();
        send(TUESDAY, 1);
        read(less, Stream.SPEED);
        assertThat(byShop()).isEqualTo(sentOf);
        assertThat(FeedSnapshots.now(lake, less).missing(less.rollups().get(0), MONDAY, THURSDAY))
                .isEmpty();
    }

    private static FeedDeclaration declaration(Feed feed) {
        return FeedDeclaration.parse("sales.yaml", feed.source());
    }

    /** Every event once, and every measure, or NULL on days that lack it. */
    private void assertSeen(LocalDate... lacking) {
        Map<LocalDate, List<Object>> expected = new TreeMap<>();
        sentOf.forEach((day, count) -> expected.put(
                day,
                List.of(lacking).contains(day)
                        ? Arrays.asList(count, null, null, null, null, null, null)
                        : List.of(count, count, (int) Math.min(3, count), 1.0, 1.0, true, true)));
        Views.register(spark, lake.root());
        for (String view : List.of("by_shop_1m", "by_shop_1h")) {
            Map<LocalDate, List<Object>> seen = new TreeMap<>();
            spark.sql("SELECT event_date, sum(n), sum(ids), max(array_size(often)), max(each), min(n / ids),"
                            + " max(minutes_p99 >= 0), max(most >= 0) FROM "
                            + view + " GROUP BY event_date")
                    .collectAsList()
                    .forEach(row -> seen.put(
                            row.getDate(0).toLocalDate(),
                            Arrays.asList(
                                    row.get(1),
                                    row.get(2),
                                    row.get(3),
                                    row.get(4),
                                    row.get(5),
                                    row.get(6),
                                    row.get(7))));
            if (view.endsWith("1h")) {
                assertThat(seen).as(view).isEqualTo(expected);
            } else {
                seen.forEach((day, values) -> assertThat(values.subList(0, 2))
                        .isEqualTo(expected.get(day).subList(0, 2)));
            }
        }
    }

    /** One window over these days: how many events, ids, and events an id. */
    private List<Number> over(Rollup rollup, FeedSnapshot snapshot, LocalDate first, LocalDate last) {
        RollupQuery query = new RollupQuery(
                rollup,
                first.atStartOfDay().toInstant(ZoneOffset.UTC),
                last.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC),
                Optional.empty(),
                List.of(),
                Map.of());
        Row row = query.rows(lake, snapshot)
                .orElseThrow()
                .selectExpr("int(n)", "int(ids)", "double(each)")
                .collectAsList()
                .get(0);
        return Arrays.asList((Number) row.get(0), (Number) row.get(1), (Number) row.get(2));
    }

    private Map<LocalDate, Long> byShop() {
        Map<LocalDate, Long> minutes = answers("by_shop_1m");
        assertThat(answers("by_shop_1h")).isEqualTo(minutes);
        return minutes;
    }

    private Map<LocalDate, Long> answers(String view) {
        Views.register(spark, lake.root());
        Map<LocalDate, Long> answers = new TreeMap<>();
        spark.sql("SELECT event_date, sum(n) FROM " + view + " GROUP BY event_date")
                .collectAsList()
                .forEach(row -> answers.put(row.getDate(0).toLocalDate(), row.getLong(1)));
        return answers;
    }

    private void read(Feed feed, Stream stream) {
        topic.drain(spark, MicroBatch.run(lake, feed, stream));
    }

    private void send(LocalDate day, int count) {
        for (int i = 0; i < count; i++) {
            Instant at = day.atTime(12, i).toInstant(ZoneOffset.UTC);
            String payload = "{\"id\":\"%d\",\"shop\":\"only\",\"at\":\"%s\"}".formatted(sent, at);
            topic.send(sent % 2, at, payload, new Sample(Integer.toString(sent), at, Map.of()));
            sent++;
            sentOf.merge(day, 1L, Long::sum);
        }
    }

    private static Feed feed(String rollups) {
        return FeedFile.parse("sales.yaml", """
                feed: sales
                topic: sales
                schema: id STRING NOT NULL, shop STRING, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { %s }
                """.formatted(rollups));
    }
}
