package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader asks by SQL while, in another process, streams, recomputes, rollbacks, folds and prunes go on. Only events without a cost arrive
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

    @Test
    @Tag("lane-b")
    void theSumIsRightInEachOfAFewQueries() throws Exception {
        theSumIsRight(12);
    }

    @Test
    @Tag("lane-c")
    void theSumIsRightInEveryQuery() throws Exception {
        theSumIsRight(Boolean.getBoolean("tideline.long") ? 500 : 30);
    }

    private void theSumIsRight(int queries) throws Exception {
        String root = dir.resolve("lake").toString();
        Path enough = dir.resolve("enough");
        Path log = dir.resolve("writer.log");
        Process writer = start(Writer.class, log, root, enough.toString());
        List<String> wrong = new ArrayList<>();
        try {
            await().atMost(Duration.ofMinutes(5)).until(() -> said(log).contains("ready") || !writer.isAlive());
            SparkSession spark = SharedSpark.session();
            Views.register(spark, root);
            for (int i = 0; i < queries && writer.isAlive(); i++) {
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
            Files.createFile(enough);
            assertThat(writer.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            writer.destroyForcibly();
        }

        List<String> steps = said(log);
        assertThat(wrong).as("%d queries beside %s", queries, steps).isEmpty();
        assertThat(writer.exitValue()).as(String.join("\n", steps)).isZero();
        assertThat(steps).as("enough went on").contains("fold", "publish", "roll back", "prune");
    }

    private static List<String> said(Path log) throws IOException {
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private static Process start(Class<?> main, Path log, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-Duser.timezone=UTC"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** The other process: says each step, until there is a file that means enough. */
    static final class Writer {
        private final FakeTopic topic = new FakeTopic("sales");
        private final SparkSession spark = LakeSession.local("local[2]", 2, Map.of());
        private final Lake lake;
        private int sent;
        private int seconds;
        private boolean pruned;

        private Writer(String root) {
            this.lake = Lake.at(spark, root);
        }

        public static void main(String[] args) {
            new Writer(args[0]).write(Path.of(args[1]));
            System.exit(0);
        }

        private void write(Path enough) {
            FeedTables.create(lake, FEED);
            send(20, 7);
            MicroBatch speed = MicroBatch.run(lake, FEED, Stream.SPEED);
            MicroBatch archive = MicroBatch.run(lake, FEED, Stream.ARCHIVE);
            topic.drain(spark, speed);
            topic.drain(spark, archive);
            System.out.println("ready");
            Maintain maintain = new Maintain(lake, FEED);
            while (!Files.exists(enough) || !pruned) {
                for (int i = 0; i < 2; i++) {
                    send(2, 0);
                    topic.drain(spark, speed);
                }
                topic.drain(spark, archive);
                maintain.fold(DAY, now()).ifPresent(seq -> System.out.println("fold"));
                Recompute.Outcome older = Recompute.run(lake, FEED, DAY, now());
                send(2, 0);
                topic.drain(spark, speed);
                topic.drain(spark, archive);
                Recompute.Outcome newer = Recompute.run(lake, FEED, DAY, now());
                if (!older.published() || !newer.published()) {
                    throw new AssertionError("not published: " + older + ", " + newer);
                }
                System.out.println("publish");
                Rollback.to(lake, FEED, DAY, older.generation(), now());
                System.out.println("roll back");
                Rollback.release(lake, FEED, DAY, now());
                Recompute.run(lake, FEED, DAY, now());
                maintain.prune(DAY, Duration.ZERO, now()).ifPresent(retired -> {
                    System.out.println("prune");
                    pruned = true;
                });
            }
        }

        private void send(int count, int cost) {
            for (int i = 0; i < count; i++) {
                Instant at = NOON.plusSeconds(sent % 5 * 30L);
                String payload =
                        "{\"id\":\"%d\",\"shop\":\"only\",\"cost\":%d,\"at\":\"%s\"}".formatted(sent, cost, at);
                topic.send(sent++ % 2, at, payload, new Sample(Integer.toString(sent), at, Map.of()));
            }
        }

        private Instant now() {
            return NOON.plusSeconds(++seconds);
        }
    }
}
