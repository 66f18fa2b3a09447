package dev.tideline.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.Views;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Both streams against a broker that does what brokers do. */
@Tag("lane-b")
class FeedStreamIT {
    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static SparkSession spark;

    private String topic;
    private Feed feed;
    private Lake lake;
    private StreamOptions options;
    private StreamOptions newTopic;

    @BeforeAll
    static void start() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @BeforeEach
    void anyTopic(TestInfo test) {
        topic = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        feed = FeedFile.parse("sales.yaml", """
                feed: sales
                topic: %s
                schema: id STRING NOT NULL, cost BIGINT, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { sales: { measures: { n: count(), cost: sum(cost) } } }
                """.formatted(topic));
        kafka.createTopic(topic, 1);
        lake = Lake.at(spark, dir.resolve(topic).toString());
        options = StreamOptions.of(Map.of("bootstrap.servers", kafka.bootstrapServers()), Duration.ofMillis(200));
        newTopic = new StreamOptions(options.kafka(), options.trigger(), options.maxOffsets(), false, true);
    }

    @Test
    void countsCommittedRecordsOnlyAndCutsBehindAbortedOnes() {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "t"))) {
            producer.initTransactions();
            transaction(producer, 0, 5, true);
            transaction(producer, 5, 12, false);
            transaction(producer, 12, 15, true);
            transaction(producer, 15, 18, false);
        }
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);

        assertThat(sales()).isEqualTo(8);
        assertThat(raw()).isEqualTo(8);
        for (Stream stream : Stream.values()) {
            assertThat(counts(stream, "consumed")).isEqualTo(8);
            // 18 records and a marker for each of four transactions.
            assertThat(lake.progress(feed, stream).progress().cut().offsets()).containsValue(22L);
        }
        assertThat(archiveCovers()).isTrue();
    }

    /** An aborted record on either side of the cut. */
    @Test
    void theIsolationLevelChangesAtOneCut() {
        StreamOptions uncommitted = options.withIsolation("read_uncommitted");
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "isolation"))) {
            producer.initTransactions();
            transaction(producer, 0, 2, false);
            transaction(producer, 2, 4, true);
            drain(Stream.ARCHIVE, options);
            drain(Stream.SPEED, uncommitted);
            assertThat(sales()).isEqualTo(2);

            transaction(producer, 4, 7, false);
            transaction(producer, 7, 8, true);
        }
        drain(Stream.SPEED, uncommitted);
        drain(Stream.ARCHIVE, options);

        assertThat(sales()).isEqualTo(6);
        assertThat(raw()).isEqualTo(6);
        for (Stream stream : Stream.values()) {
            assertThat(lake.progress(feed, stream).last().orElseThrow().policy())
                    .isEqualTo(feed.policy("read_uncommitted"));
        }
    }

    @Test
    void readsAPartitionThatIsAddedWhileItRunsFromItsBeginning() throws Exception {
        try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, fresh())) {
            send(3);
            speed.processAllAvailable();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2)))
                        .all()
                        .get(20, TimeUnit.SECONDS);
            }
            sendTo(1, 10, 14);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> sales() == 7);
        }
        drain(Stream.ARCHIVE, options);

        assertThat(sales()).isEqualTo(7);
        assertThat(raw()).isEqualTo(7);
        assertThat(Progress.breaks(lake.progress(feed, Stream.SPEED).between(1, 99)))
                .isEmpty();
        assertThat(archiveCovers()).isTrue();
    }

    @Test
    void refusesATopicThatWasMadeAgainUntilItIsToldToGoOn() throws Exception {
        send(4);
        drain(Stream.SPEED, options);
        remakeTopic();
        sendTo(0, 4, 10);

        assertThatThrownBy(() -> FeedStream.start(lake, feed, Stream.SPEED, options))
                .isInstanceOf(CannotException.class)
                .hasMessageContaining("it was deleted and made again")
                .hasMessageContaining("--new-topic");
        assertThat(sales()).isEqualTo(4);

        drain(Stream.SPEED, newTopic);
        assertThat(sales()).isEqualTo(10);
        assertThat(lake.progress(feed, Stream.SPEED).progress().cut().offsets())
                .hasSize(2)
                .containsValues(4L, 6L);
        drain(Stream.SPEED, options);
        assertThat(Progress.breaks(lake.progress(feed, Stream.SPEED).between(1, 99)))
                .isEmpty();
    }

    @Test
    void anArchiveThatGivesUpADeletedTopicCoversTheSpeedLayerAgainAndKeepsTheGap() throws Exception {
        send(2);
        drain(Stream.ARCHIVE, options);
        sendTo(0, 2, 4);
        drain(Stream.SPEED, options);
        remakeTopic();
        sendTo(0, 4, 10);
        drain(Stream.SPEED, newTopic);

        drain(Stream.ARCHIVE, newTopic);

        assertThat(archiveCovers()).isTrue();
        assertThat(Progress.breaks(lake.progress(feed, Stream.ARCHIVE).between(1, 99)))
                .containsExactly("gap: " + topic + "-0 offsets 2 to 3 were not read (seq 2)");
    }

    @Test
    void aSpeedLayerCatchesUpBeforeItLeavesADeletedTopic() throws Exception {
        send(2);
        drain(Stream.SPEED, options);
        sendTo(0, 2, 4);
        drain(Stream.ARCHIVE, options);
        remakeTopic();
        sendTo(0, 4, 10);

        assertThatThrownBy(() -> FeedStream.start(lake, feed, Stream.SPEED, newTopic))
                .isInstanceOf(CannotException.class)
                .hasMessageContaining("speed --catch-up first");
        assertThat(sales()).isEqualTo(2);

        assertThat(CatchUp.run(lake, feed, options)).isEqualTo(2);
        drain(Stream.SPEED, newTopic);
        drain(Stream.ARCHIVE, newTopic);
        assertThat(sales()).isEqualTo(10);
        assertThat(archiveCovers()).isTrue();
        assertThat(Progress.breaks(lake.progress(feed, Stream.ARCHIVE).between(1, 99)))
                .isEmpty();
    }

    private void remakeTopic() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteTopics(List.of(topic)).all().get(20, TimeUnit.SECONDS);
            Awaitility.await().until(() -> !admin.listTopics().names().get().contains(topic));
        }
        kafka.createTopic(topic, 1);
    }

    @Test
    void refusesOffsetsThatKafkaNoLongerHasUntilTheLossIsAccepted() throws Exception {
        send(4);
        drain(Stream.SPEED, options);
        sendTo(0, 4, 10);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(7)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }

        assertThatThrownBy(() -> FeedStream.start(lake, feed, Stream.SPEED, options))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot go on reading topic " + topic + ": Kafka no longer has " + topic
                        + "-0 offsets 4 to 6 (--accept-loss goes on behind them; status will show the gap)");
        assertThat(sales()).isEqualTo(4);

        drain(Stream.SPEED, new StreamOptions(options.kafka(), options.trigger(), 1000, true, false));
        assertThat(sales()).isEqualTo(7);
        assertThat(Progress.breaks(lake.progress(feed, Stream.SPEED).between(1, 99)))
                .containsExactly("gap: " + topic + "-0 offsets 4 to 6 were not read (seq 2)");
    }

    /** Else no later record of the archive would ever cover what the speed layer counted, and no day be settled. */
    @Test
    void theStreamThatStartsSecondBeginsWhereTheFirstDid() throws Exception {
        send(4);
        drain(Stream.SPEED, options);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(2)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> FeedStream.start(lake, feed, Stream.ARCHIVE, options))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot go on reading topic " + topic + ": Kafka no longer has " + topic
                        + "-0 offsets 0 to 1 (--accept-loss goes on behind them; status will show the gap)");

        sendTo(0, 4, 10);
        drain(Stream.ARCHIVE, new StreamOptions(options.kafka(), options.trigger(), 1000, true, false));
        drain(Stream.SPEED, options);
        assertThat(archiveCovers()).isTrue();
        assertThat(raw()).isEqualTo(8);
        assertThat(Progress.breaks(lake.progress(feed, Stream.ARCHIVE).between(1, 99)))
                .containsExactly("gap: " + topic + "-0 offsets 0 to 1 were not read (seq 1)");
        assertThat(Progress.breaks(lake.progress(feed, Stream.SPEED).between(1, 99)))
                .isEmpty();
    }

    @Test
    void noRecordStopsAStreamAndNoneIsLost() {
        Instant now = Instant.now();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            Consumer<String> send = text -> {
                var unused = producer.send(new ProducerRecord<>(
                        topic,
                        0,
                        now.toEpochMilli(),
                        null,
                        text == null ? null : text.getBytes(StandardCharsets.UTF_8)));
            };
            send.accept(null);
            send.accept("");
            send.accept("{".repeat(10_000));
            send.accept("{\"id\":\"a\",\"cost\":" + "9".repeat(900) + ",\"at\":\"" + now + "\"}");
            send.accept("{\"id\":\"a\",\"cost\":1,\"at\":" + Long.MIN_VALUE + "}");
            send.accept("x".repeat(300_000));
            send.accept("{\"id\":\"\\u0000\",\"cost\":1,\"at\":\"" + now + "\"}");
            producer.flush();
        }
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);
        send(2);
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);

        for (Stream stream : Stream.values()) {
            assertThat(counts(stream, "consumed")).isEqualTo(9);
            assertThat(counts(stream, "accepted")).isEqualTo(3);
            assertThat(counts(stream, "rejected")).isEqualTo(6);
        }
        assertThat(sales()).isEqualTo(3);
        assertThat(raw()).isEqualTo(3);
        assertThat(lake.rejected().read().groupBy("reason").count().collectAsList())
                .extracting(r -> r.getString(0) + " " + r.getLong(1))
                .containsExactlyInAnyOrder("not_json 3", "mistyped_field 2", "oversized 1");
    }

    @Test
    void aMicroBatchOfBadRecordsOnlyIsRecorded() {
        sendText("junk", Instant.now().toEpochMilli());
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);

        assertThat(counts(Stream.SPEED, "rejected")).isEqualTo(1);
        assertThat(counts(Stream.ARCHIVE, "rejected")).isEqualTo(1);
    }

    @Test
    void decidesByAKafkaTimestampAsLongAsSparkCanHoldIt() {
        String sale = "{\"id\":\"%s\",\"cost\":1,\"at\":\"" + Instant.now() + "\"}";
        sendText(sale.formatted("a"), Long.MAX_VALUE / 1000);
        sendText(sale.formatted("b"), 0);
        sendText(sale.formatted("c"), Instant.now().toEpochMilli());
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);

        for (Stream stream : Stream.values()) {
            assertThat(counts(stream, "consumed")).isEqualTo(3);
            assertThat(counts(stream, "accepted")).isEqualTo(1);
        }
        assertThat(sales()).isEqualTo(1);
    }

    @Test
    void aRecordWhoseKafkaTimestampSparkCannotHoldIsRejected() {
        String sale = "{\"id\":\"%s\",\"cost\":1,\"at\":\"" + Instant.now() + "\"}";
        sendText(sale.formatted("a"), Instant.now().toEpochMilli());
        sendText(sale.formatted("b"), Long.MAX_VALUE);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "far"))) {
            producer.initTransactions();
            transaction(producer, 0, 2, false);
            transaction(producer, 2, 5, true);
        }
        drain(Stream.SPEED, options);
        drain(Stream.ARCHIVE, options);

        for (Stream stream : Stream.values()) {
            assertThat(counts(stream, "consumed")).isEqualTo(5);
            assertThat(counts(stream, "accepted")).isEqualTo(4);
        }
        assertThat(sales()).isEqualTo(4);
        assertThat(raw()).isEqualTo(4);
        Row rejected = lake.rejected()
                .read()
                .select("reason", "kafka_offset", "kafka_timestamp", "payload")
                .head();
        assertThat(rejected.getString(0)).isEqualTo("kafka_timestamp");
        assertThat(rejected.getLong(1)).isEqualTo(1);
        assertThat(rejected.isNullAt(2)).isTrue();
        assertThat((byte[]) rejected.get(3)).isEqualTo(sale.formatted("b").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theSecondDriverOfAStreamStopsWithAClearWord() {
        send(2);
        drain(Stream.SPEED, options);
        try (RunningStream first = FeedStream.start(lake, feed, Stream.SPEED, options);
                RunningStream second = FeedStream.start(lake, feed, Stream.SPEED, options)) {
            sendTo(0, 2, 6);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !first.isActive() || !second.isActive());
            RunningStream loser = first.isActive() ? second : first;
            RunningStream winner = first.isActive() ? first : second;
            assertThatThrownBy(loser::await)
                    .isInstanceOf(LostRace.class)
                    .hasMessageContaining(
                            "recorded seq 2 (one driver a stream; nothing was counted twice, stop one of them)");
            winner.processAllAvailable();
        }

        assertThat(sales()).isEqualTo(6);
    }

    private void drain(Stream stream, StreamOptions how) {
        try (RunningStream running = FeedStream.start(lake, feed, stream, how)) {
            running.processAllAvailable();
        }
    }

    /** Kafka clients that notice a new partition within a second. */
    private StreamOptions fresh() {
        Map<String, String> settings = new HashMap<>(options.kafka());
        settings.put("metadata.max.age.ms", "500");
        return StreamOptions.of(settings, options.trigger());
    }

    private boolean archiveCovers() {
        return lake.progress(feed, Stream.ARCHIVE)
                .progress()
                .contains(lake.progress(feed, Stream.SPEED).progress());
    }

    private long sales() {
        Views.register(spark, lake.root());
        return spark.sql("SELECT coalesce(sum(n), 0) FROM sales_1m").head().getLong(0);
    }

    private long raw() {
        Views.register(spark, lake.root());
        return spark.sql("SELECT count(*) FROM sales_events").head().getLong(0);
    }

    private long counts(Stream stream, String name) {
        return lake.progress(feed, stream).newest(100).stream()
                .map(ProgressRecord::counts)
                .mapToLong(c -> c.get(name))
                .sum();
    }

    private void send(int count) {
        sendTo(0, 0, count);
    }

    private void sendTo(int partition, int from, int to) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (int i = from; i < to; i++) {
                var unused = producer.send(sale(partition, i));
            }
        }
    }

    private void sendText(String text, long timestamp) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            var unused = producer.send(
                    new ProducerRecord<>(topic, 0, timestamp, null, text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void transaction(KafkaProducer<byte[], byte[]> producer, int from, int to, boolean commit) {
        producer.beginTransaction();
        for (int i = from; i < to; i++) {
            var unused = producer.send(sale(0, i));
        }
        producer.flush();
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private ProducerRecord<byte[], byte[]> sale(int partition, int i) {
        Instant now = Instant.now();
        String text = "{\"id\":\"s%d\",\"cost\":%d,\"at\":\"%s\"}".formatted(i, i, now);
        return new ProducerRecord<>(topic, partition, now.toEpochMilli(), null, text.getBytes(StandardCharsets.UTF_8));
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", kafka.bootstrapServers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
