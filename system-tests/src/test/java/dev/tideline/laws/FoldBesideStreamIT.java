package dev.tideline.laws;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import dev.tideline.table.LakeTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A day is folded while a speed stream appends to that very day, one micro-batch after the other. */
@Tag("lane-b")
class FoldBesideStreamIT {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final int FOLDS = 3;
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, shop STRING, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { sales: { dimensions: [ shop ], measures: { n: count() } } }
            """);

    @TempDir
    Path dir;

    private final FakeTopic topic = new FakeTopic("sales");
    private final AtomicLong batches = new AtomicLong();
    private SparkSession spark;
    private CompletableFuture<Void> streams;
    private int sent;

    @Test
    void everyFoldIsDoneAndNothingIsLost() {
        Lake lake = lake();
        Maintain maintain = new Maintain(lake, FEED);
        besideStreams(lake, () -> {
            for (int i = 0; i < FOLDS; i++) {
                awaitTwoMore();
                assertThat(maintain.fold(DAY, NOON)).isPresent();
            }
        });
    }

    @Test
    void partialsThatAreSettledAreDeletedAndNothingElseIs() {
        Lake lake = lake();
        Maintain maintain = new Maintain(lake, FEED);
        AtomicLong floor = new AtomicLong();
        besideStreams(lake, () -> {
            awaitTwoMore();
            assertThat(Recompute.run(lake, FEED, DAY, NOON).published()).isTrue();
            floor.set(maintain.prune(DAY, Duration.ZERO, NOON).orElseThrow().floor());
        });

        assertThat(floor.get()).isPositive();
        assertThat(lake.speed(FEED.rollups().get(0))
                        .read()
                        .where("seq <= " + floor)
                        .count())
                .isZero();
    }

    private Lake lake() {
        spark = SharedSpark.session();
        Lake lake = Lake.at(spark, dir.resolve("lake").toString());
        FeedTables.create(lake, FEED);
        return lake;
    }

    /** Does {@code upkeep} while both streams record micro-batches; nothing that was sent is missing, or there twice, afterwards. */
    private void besideStreams(Lake lake, Runnable upkeep) {
        AtomicBoolean done = new AtomicBoolean();
        streams = CompletableFuture.runAsync(() -> append(lake, done));
        try {
            upkeep.run();
        } finally {
            done.set(true);
        }
        streams.join();
        Views.register(spark, lake.root());
        assertThat(spark.sql("SELECT sum(n) FROM sales_1m").head().getLong(0)).isEqualTo(sent);
    }

    private void awaitTwoMore() {
        long before = batches.get();
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> batches.get() >= before + 2 || streams.isDone());
    }

    /** A file of the table may hold rows that stay. */
    @Test
    void rowsThatStayAreKeptOfAFileThatIsDeletedFrom() {
        spark = SharedSpark.session();
        LakeTable table = new LakeTable(spark, dir.resolve("table").toString());
        table.create(StructType.fromDDL("event_date DATE, n BIGINT"), List.of("event_date"), Map.of());
        table.append(spark.range(0, 10, 1, 1).selectExpr("DATE'2026-11-20' AS event_date", "nullif(id, 3) AS n"));
        table.append(spark.range(10, 20, 1, 1).selectExpr("DATE'2026-11-20' AS event_date", "id AS n"));
        table.delete(col("n").leq(14));
        assertThat(table.read().select("n").collectAsList().stream().map(row -> row.isNullAt(0) ? -1 : row.getLong(0)))
                .as("NULL is not below anything")
                .containsExactlyInAnyOrder(-1L, 15L, 16L, 17L, 18L, 19L);
        long version = table.version();
        table.delete(col("n").leq(14));
        assertThat(table.version()).as("nothing is left to delete").isEqualTo(version);
    }

    @Test
    void aDayIsFoldedOnceEnoughMicroBatchesWroteIt() {
        Lake lake = lake();
        Maintain maintain = new Maintain(lake, FEED);
        MicroBatch speed = MicroBatch.run(lake, FEED, Stream.SPEED);
        MicroBatch archive = MicroBatch.run(lake, FEED, Stream.ARCHIVE);
        batch(speed, archive);
        batch(speed, archive);
        assertThat(maintain.fold(DAY, NOON, 3)).isEmpty();
        batch(speed, archive);
        assertThat(maintain.fold(DAY, NOON, 3)).isPresent();
        batch(speed, archive);
        batch(speed, archive);
        assertThat(maintain.fold(DAY, NOON, 3)).isEmpty();
        batch(speed, archive);
        assertThat(maintain.fold(DAY, NOON, 3)).isPresent();
    }

    /** What a fold of every minute did to each recompute that took longer than that. */
    @Test
    void aRecomputePublishesThoughItsDayIsFoldedMeanwhile() {
        Lake lake = lake();
        Maintain maintain = new Maintain(lake, FEED);
        AtomicInteger folds = new AtomicInteger();
        besideStreams(lake, () -> {
            awaitTwoMore();
            CompletableFuture<Recompute.Outcome> recompute =
                    CompletableFuture.supplyAsync(() -> Recompute.run(lake, FEED, DAY, NOON));
            while (!recompute.isDone()) {
                maintain.fold(DAY, NOON).ifPresent(seq -> folds.incrementAndGet());
            }
            assertThat(recompute.join().published()).isTrue();
        });
        assertThat(folds.get()).as("folds beside the recompute").isPositive();
    }

    @Test
    void aFoldIsPartedWhereARecomputeMeansToPublish() {
        Lake lake = lake();
        Maintain maintain = new Maintain(lake, FEED);
        MicroBatch speed = MicroBatch.run(lake, FEED, Stream.SPEED);
        MicroBatch archive = MicroBatch.run(lake, FEED, Stream.ARCHIVE);
        for (int i = 0; i < 4; i++) {
            batch(speed, archive);
        }
        assertThat(lake.days()
                        .append(DayLedger.entry(
                                FEED.name(),
                                DAY,
                                Day.NEW,
                                new DayEntry.Intends(2),
                                Map.of(),
                                Map.of(),
                                FEED.policy(),
                                "test",
                                NOON)))
                .isTrue();
        assertThat(maintain.fold(DAY, NOON)).contains(4L);
        assertThat(lake.speed(FEED.rollups().get(0)).read().selectExpr("seq", "n").collectAsList().stream()
                        .map(row -> row.getLong(0) + ": " + row.getLong(1)))
                .containsExactlyInAnyOrder("2: 2", "4: 2");
        assertThat(maintain.fold(DAY, NOON))
                .as("what is left is one row a part")
                .isEmpty();
    }

    private void append(Lake lake, AtomicBoolean done) {
        MicroBatch speed = MicroBatch.run(lake, FEED, Stream.SPEED);
        MicroBatch archive = MicroBatch.run(lake, FEED, Stream.ARCHIVE);
        while (!done.get()) {
            batch(speed, archive);
            batches.incrementAndGet();
        }
    }

    private void batch(MicroBatch speed, MicroBatch archive) {
        send();
        topic.drain(spark, speed);
        topic.drain(spark, archive);
    }

    private void send() {
        String payload = "{\"id\":\"%d\",\"shop\":\"only\",\"at\":\"%s\"}".formatted(sent, NOON);
        topic.send(0, NOON, payload, new Sample(Integer.toString(sent), NOON, Map.of()));
        sent++;
    }
}
