package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.FaultyLine;
import dev.tideline.embedded.FaultyLine.Fault;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serving.Views;
import dev.tideline.streaming.LastingStream;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clicks arrive, both streams, recomputes, folds and a reader work at once, and S3 and Kafka fail at random: then nothing fails
 * any more, and the lake must come to the truth by itself. 100 faults, {@code -Dtideline.long=true} 1,000, or
 * {@code -Dtideline.faults=N}. Each history prints its seed; {@code -Dtideline.seed=N} draws the faults of that one again, though
 * they meet the threads at other moments.
 */
@Tag("lane-c")
class FaultHistoryIT {
    private static final int OF_A_HISTORY = 25;
    private static final int FAULTS =
            Integer.getInteger("tideline.faults", Boolean.getBoolean("tideline.long") ? 1_000 : 100);
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(3);
    private static final List<Fault> OF_S3 = List.of(
            Fault.REFUSE_503,
            Fault.REFUSE_503,
            Fault.ANSWER_500,
            Fault.LOSE_REQUEST,
            Fault.LOSE_ANSWER,
            Fault.TEAR_ANSWER,
            Fault.TEAR_ANSWER,
            Fault.DELAY_ANSWER,
            Fault.HANG);
    private static final AtomicInteger SURVIVED = new AtomicInteger();

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static EmbeddedS3 s3;
    private static FaultyLine line;

    static LongStream seeds() {
        Long again = Long.getLong("tideline.seed");
        return again != null
                ? LongStream.of(again)
                : LongStream.range(0, (FAULTS + OF_A_HISTORY - 1) / OF_A_HISTORY)
                        .map(i -> System.nanoTime() % 1_000_000 * 1_000 + i);
    }

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        s3 = EmbeddedS3.start(dir.resolve("s3"));
        line = FaultyLine.to(s3.endpoint());
    }

    @AfterAll
    static void stop() throws IOException {
        line.close();
        s3.close();
        kafka.close();
        System.err.println("faults survived: " + SURVIVED);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theLakeComesToTheTruthOnceTheFaultsEnd(long seed) throws Exception {
        History history = new History(seed);
        try {
            history.play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dtideline.seed=" + seed + ", after " + history.faults, e);
        } finally {
            line.rule(request -> Fault.NONE);
            DeltaLog.clearCache();
        }
        SURVIVED.addAndGet(OF_A_HISTORY);
    }

    /** One lake and one topic. */
    private static final class History {
        private final Random random;
        private final SparkSession spark = SharedSpark.session(LakeSession.small());
        private final Feed clicks;
        private final Lake lake;
        private final Arrivals arrivals;
        private final StreamOptions options;
        private final Map<Stream, LastingStream> streams = new TreeMap<>();
        private final Map<String, Integer> faults = new TreeMap<>();
        private final AtomicReference<Throwable> wrong = new AtomicReference<>();
        private final Map<String, Integer> worked = new HashMap<>();
        private volatile boolean failing = true;

        History(long seed) throws IOException {
            System.err.println("faults: -Dtideline.seed=" + seed);
            random = new Random(seed);
            String bucket = s3.newBucket("faults");
            Map<String, String> settings = new HashMap<>(s3.hadoopSettings(bucket));
            String of = "fs.s3a.bucket." + bucket + ".";
            settings.put(of + "endpoint", line.endpoint());
            settings.put(of + "retry.interval", "50ms");
            settings.put(of + "retry.throttle.interval", "50ms");
            settings.put(of + "connection.timeout", "2s");
            settings.put(of + "connection.request.timeout", "5s");
            settings.forEach(spark.sparkContext().hadoopConfiguration()::set);
            try (InputStream in = Feed.class.getResourceAsStream("/feeds/clicks.yaml")) {
                clicks = FeedFile.parse(
                        "clicks.yaml",
                        new String(in.readAllBytes(), StandardCharsets.UTF_8)
                                .replace("topic: ad-clicks", "topic: clicks-" + seed));
            }
            kafka.createTopic(clicks.topic(), 4);
            lake = Lake.at(spark, "s3a://" + bucket + "/lake");
            options = StreamOptions.of(
                    Map.of(
                            "bootstrap.servers", kafka.bootstrapServers(),
                            "request.timeout.ms", "2000",
                            "default.api.timeout.ms", "4000"),
                    Duration.ofMillis(300));
            Clicks some = Clicks.seeded(seed)
                    .with(new Clicks.Traffic(1, 0.5))
                    .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
            arrivals = new Arrivals(
                    ClickGenerator.of(some, DAY.atTime(LocalTime.of(6, 0)).toInstant(ZoneOffset.UTC)),
                    kafka.bootstrapServers(),
                    clicks.topic());
        }

        void play() throws Exception {
            arrivals.send(200);
            Whole.catchUp(lake, clicks, options);
            arrivals.flow(60);
            List<CompletableFuture<Void>> working = new ArrayList<>();
            for (Stream stream : Stream.values()) {
                working.add(CompletableFuture.runAsync(() -> keepRunning(stream)));
            }
            working.add(CompletableFuture.runAsync(() -> again("recompute", this::recompute)));
            working.add(CompletableFuture.runAsync(() -> again("fold", this::fold)));
            working.add(CompletableFuture.runAsync(() -> again("read", this::read)));
            try {
                for (int i = 0; i < OF_A_HISTORY && wrong.get() == null; i++) {
                    fail(i);
                }
            } finally {
                failing = false;
                line.rule(request -> Fault.NONE);
                arrivals.pause();
                streams.values().forEach(History::end);
            }
            working.forEach(CompletableFuture::join);
            if (wrong.get() != null) {
                throw new AssertionError("a worker found", wrong.get());
            }
            assertThat(worked.keySet()).contains("read", "recompute", "archive", "speed");
            Whole.check(lake, clicks, arrivals);
            Whole.comesToTheTruth(lake, clicks, options, arrivals);
            System.err.println("faults: " + faults + ", meanwhile " + worked);
            arrivals.close();
        }

        private void fail(int i) throws Exception {
            if (i == 7) {
                stopTheBroker();
            } else if (i % 10 == 3) {
                truncate();
            } else {
                failS3();
            }
        }

        /** Of the requests to come, some after the next few fail in one way. */
        private void failS3() {
            Fault fault = OF_S3.get(random.nextInt(OF_S3.size()));
            int after = random.nextInt(40);
            // A request that hangs takes S3A's shortest time-out, 15 s, and holds up its thread for as long.
            int many = fault == Fault.HANG ? 1 : random.nextInt(8) == 0 ? 25 : 1 + random.nextInt(3);
            String only = random.nextInt(3) == 0 ? "PUT" : "";
            AtomicInteger seen = new AtomicInteger();
            line.rule(request -> {
                if (!request.startsWith(only)) {
                    return Fault.NONE;
                }
                int number = seen.getAndIncrement();
                return after <= number && number < after + many ? fault : Fault.NONE;
            });
            await().pollInterval(Duration.ofMillis(20))
                    .atMost(MOST)
                    .until(() -> seen.get() >= after + many || wrong.get() != null);
            line.rule(request -> Fault.NONE);
            faults.merge(fault + (only.isEmpty() ? "" : " of a PUT") + (many > 3 ? " for long" : ""), 1, Integer::sum);
        }

        private void stopTheBroker() throws Exception {
            int port = URI.create("kafka://" + kafka.bootstrapServers()).getPort();
            kafka.close();
            Thread.sleep(random.nextInt(2_000));
            kafka = EmbeddedKafka.start(dir.resolve("kafka"), port);
            faults.merge("broker stopped", 1, Integer::sum);
        }

        /** Retention takes what both streams have read, while one of them begins anew. */
        private void truncate() throws Exception {
            Stream stream = random.nextBoolean() ? Stream.SPEED : Stream.ARCHIVE;
            CompletableFuture<Void> restart = CompletableFuture.runAsync(() -> {
                LastingStream running = running(stream);
                if (running != null) {
                    end(running);
                }
            });
            try (Admin admin = Admin.create(new HashMap<String, Object>(options.kafka()))) {
                Map<TopicPartition, RecordsToDelete> upTo = new HashMap<>();
                var archived =
                        lake.progress(clicks, Stream.ARCHIVE).progress().cut().offsets();
                var sped = lake.progress(clicks, Stream.SPEED).progress().cut().offsets();
                archived.forEach((partition, offset) -> upTo.put(
                        new TopicPartition(clicks.topic(), partition.partition()),
                        RecordsToDelete.beforeOffset(Math.min(offset, sped.getOrDefault(partition, 0L)))));
                admin.deleteRecords(upTo).all().get();
            }
            restart.join();
            faults.merge("truncated under a start", 1, Integer::sum);
        }

        private LastingStream running(Stream stream) {
            synchronized (streams) {
                return streams.get(stream);
            }
        }

        /** Whoever ends it may hear of a fault that it met before; {@link #keepRunning} hears of it too. */
        private static void end(LastingStream running) {
            try {
                running.close();
            } catch (Exception e) { // Scala throws checked ones undeclared
                if (Boolean.getBoolean("tideline.talk")) {
                    System.err.println("end: " + Causes.line(e));
                }
            }
        }

        /** What a supervisor does: begins again, whyever it ended. */
        private void keepRunning(Stream stream) {
            again(stream.text(), () -> {
                LastingStream running = LastingStream.start(lake, clicks, stream, options, said -> {
                    if (said.matches(".*begins in ([89]|\\d\\d) s")) { // its back-off is for outages of hours
                        CompletableFuture.runAsync(() -> end(running(stream)));
                    }
                });
                synchronized (streams) {
                    streams.put(stream, running);
                }
                if (!failing) {
                    running.close();
                }
                try {
                    running.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                } finally {
                    running.close();
                }
            });
        }

        /** Again and again while faults come. What it cannot do it says; what is wrong ends the history. */
        private void again(String what, Runnable step) {
            while (failing) {
                try {
                    step.run();
                    synchronized (worked) {
                        worked.merge(what, 1, Integer::sum);
                    }
                } catch (Exception e) { // Scala throws checked ones undeclared
                    synchronized (worked) {
                        worked.merge(what + " failed", 1, Integer::sum);
                    }
                    if (e instanceof CannotException && e.getMessage().contains("Kafka no longer has")) {
                        wrong.compareAndSet(null, e);
                    }
                    if (Boolean.getBoolean("tideline.talk")) {
                        System.err.println(what + ": " + Causes.line(e));
                    }
                } catch (AssertionError e) {
                    wrong.compareAndSet(null, e);
                    return;
                }
                pause(200);
            }
        }

        private static void pause(long millis) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void recompute() {
            Recompute.run(lake, clicks, DAY, Instant.now());
        }

        private void fold() {
            new Maintain(lake, clicks).fold(DAY, Instant.now(), 2);
        }

        /** All views of one query are of one moment. */
        private void read() {
            Lake apart = lake.apart();
            Views.register(apart.spark(), apart.root());
            List<Row> rows = apart.spark().sql("""
                            SELECT sum(clicks) FROM clicks_by_ad_1m UNION ALL SELECT sum(clicks) FROM clicks_by_ad_country_1h
                            UNION ALL SELECT sum(clicks) FROM clicks_by_segment_1m""").collectAsList();
            assertThat(rows).as("of one moment").containsOnly(rows.get(0));
        }
    }
}
