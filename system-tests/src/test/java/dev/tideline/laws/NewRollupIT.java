package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.DirtyDays;
import dev.tideline.operations.Verification;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.FeedSnapshots;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    private static final Instant NOW = Instant.parse("2026-11-19T00:00:00Z");
    private static final Feed BEFORE = feed("sales: { measures: { n: count() } }");
    private static final Feed AFTER =
            feed("sales: { measures: { n: count() } }, by_shop: { dimensions: [ shop ], measures: { n: count() } }");

    private static SparkSession spark;

    @TempDir
    Path dir;

    private final FakeTopic topic = new FakeTopic("sales");
    private Lake lake;
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
        assertThat(FeedSnapshots.now(lake, AFTER).missing(AFTER.rollups().get(1), MONDAY, WEDNESDAY))
                .as("no stream computes it yet")
                .containsExactly(MONDAY, TUESDAY, WEDNESDAY);

        send(TUESDAY, 1);
        send(WEDNESDAY, 4);
        read(AFTER, Stream.SPEED);

        assertThat(byShop()).containsOnly(Map.entry(WEDNESDAY, 4L));
        assertThat(answers("sales_1m"))
                .containsOnly(Map.entry(MONDAY, 2L), Map.entry(TUESDAY, 4L), Map.entry(WEDNESDAY, 4L));
        FeedSnapshot now = FeedSnapshots.now(lake, AFTER);
        assertThat(now.days()).contains(MONDAY, TUESDAY);
        assertThat(now.available(AFTER.rollups().get(1), TUESDAY)).isFalse();
        assertThat(now.available(AFTER.rollups().get(0), TUESDAY)).isTrue();
        assertThat(now.missing(AFTER.rollups().get(1), TUESDAY, WEDNESDAY)).containsExactly(TUESDAY);
        assertThat(now.missing(AFTER.rollups().get(0), MONDAY, WEDNESDAY)).isEmpty();
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
        Feed all = feed("by_shop: { dimensions: [ shop ], measures: { n: count() where id <> '' } }");
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
