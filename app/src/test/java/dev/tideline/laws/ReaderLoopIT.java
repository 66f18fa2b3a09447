package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.serving.Views;
import dev.tideline.settle.Cut;
import dev.tideline.streaming.FeedTables;
import dev.tideline.streaming.MicroBatch;
import dev.tideline.table.Lake;
import dev.tideline.table.LakeSession;
import dev.tideline.table.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader asks by SQL while streams, recomputes, rollbacks, folds and prunes go on. Only events without a cost arrive
 * meanwhile, so that the sum of costs has one right answer at every moment, and the number of events must be the same in every
 * view of one query.
 */
class ReaderLoopIT {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, shop STRING, cost BIGINT, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { sales: { dimensions: [ shop ], measures: { n: count(), cost: sum(cost) } } }
            """);

    @TempDir
    Path dir;

    private final FakeTopic topic = new FakeTopic("sales");
    private SparkSession spark;
    private Lake lake;
    private int sent;
    private int seconds;

    @Test
    void theSumIsRightInEveryQuery() throws Exception {
        spark = LakeSession.local("local[2]", 2, Map.of());
        String root = dir.resolve("lake").toString();
        lake = Lake.at(spark, root);
        FeedTables.create(lake, FEED);
        send(20, 7);
        Map<Stream, MicroBatch> drivers = Map.of(
                Stream.SPEED, MicroBatch.run(lake, FEED, Stream.SPEED),
                Stream.ARCHIVE, MicroBatch.run(lake, FEED, Stream.ARCHIVE));
        drivers.values().forEach(this::drain);
        Views.register(spark, root);
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<List<String>> writer = CompletableFuture.supplyAsync(() -> write(drivers, done));
        List<String> wrong = new ArrayList<>();
        int queries = Boolean.getBoolean("tideline.long") ? 500 : 30;
        try {
            for (int i = 0; i < queries && !writer.isCompletedExceptionally(); i++) {
                Row row = spark.sql(
                                switch (i % 3) {
                                    case 0 -> "SELECT sum(cost), 1L, 1L FROM sales_1m";
                                    case 1 ->
                                        "SELECT sum(a.cost), sum(a.n), sum(b.n) FROM sales_1h a JOIN "
                                                + "(SELECT shop, sum(n) n FROM sales_1m GROUP BY shop) b ON a.shop = b.shop";
                                    default ->
                                        "SELECT sum(cost), sum(n) FILTER (WHERE v), sum(n) FILTER (WHERE NOT v) FROM "
                                                + "(SELECT cost, n, true v FROM sales_1m UNION ALL SELECT null, n, false FROM sales_1h)";
                                })
                        .head();
                if (row.getDecimal(0).longValueExact() != 140 || row.getLong(1) != row.getLong(2)) {
                    wrong.add("query " + i + ": " + row);
                }
            }
        } finally {
            done.set(true);
        }
        List<String> steps = writer.get();

        assertThat(wrong).as("%d queries beside %s", queries, steps).isEmpty();
        assertThat(steps).as("enough went on").contains("fold", "publish", "roll back", "prune");
    }

    private List<String> write(Map<Stream, MicroBatch> drivers, AtomicBoolean done) {
        List<String> steps = new ArrayList<>();
        Maintain maintain = new Maintain(lake, FEED);
        while (!done.get() || !steps.contains("prune")) {
            for (int i = 0; i < 2; i++) {
                send(2, 0);
                drain(drivers.get(Stream.SPEED));
            }
            drain(drivers.get(Stream.ARCHIVE));
            maintain.fold(DAY, now()).ifPresent(seq -> steps.add("fold"));
            Recompute.Outcome older = Recompute.run(lake, FEED, DAY, now());
            send(2, 0);
            drain(drivers.get(Stream.SPEED));
            drain(drivers.get(Stream.ARCHIVE));
            Recompute.Outcome newer = Recompute.run(lake, FEED, DAY, now());
            assertThat(older.published() && newer.published()).isTrue();
            steps.add("publish");
            Rollback.to(lake, FEED, DAY, older.generation(), now());
            steps.add("roll back");
            Rollback.release(lake, FEED, DAY, now());
            Recompute.run(lake, FEED, DAY, now());
            maintain.prune(DAY, Duration.ZERO, now()).ifPresent(retired -> steps.add("prune"));
        }
        return steps;
    }

    private void drain(MicroBatch driver) {
        Cut from = driver.last().cut().orElse(topic.beginning());
        Cut end = topic.end();
        driver.record(from, end, driver.write(topic.frame(spark, from, end)));
    }

    private void send(int count, int cost) {
        for (int i = 0; i < count; i++) {
            Instant at = NOON.plusSeconds(sent % 5 * 30L);
            String payload = "{\"id\":\"%d\",\"shop\":\"only\",\"cost\":%d,\"at\":\"%s\"}".formatted(sent, cost, at);
            topic.send(sent++ % 2, at, payload, new Sample(Integer.toString(sent), at, Map.of()));
        }
    }

    private Instant now() {
        return NOON.plusSeconds(++seconds);
    }
}
