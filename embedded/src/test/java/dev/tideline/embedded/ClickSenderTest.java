package dev.tideline.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("lane-b")
class ClickSenderTest {
    private static final Instant LONG_AGO = Instant.parse("2024-02-28T23:00:00Z");

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start(dir);
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void acknowledgesEachRecordWithTheOffsetWhereTheBrokerHasIt() {
        kafka.createTopic("flat-out", 4);
        Map<String, Sent> byPlace = new HashMap<>();
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "flat-out")) {
            long count = sender.send(
                    ClickGenerator.of(Clicks.seeded(9), LONG_AGO),
                    20_000,
                    Pace.flatOut(),
                    (sent, offset) -> byPlace.put(sent.partition() + ":" + offset, sent));
            assertThat(count).isEqualTo(20_000);
        }
        List<ConsumerRecord<byte[], byte[]>> records = read("flat-out", 4);
        assertThat(records).hasSize(20_000);
        assertThat(records).allSatisfy(record -> {
            Sent sent = byPlace.get(record.partition() + ":" + record.offset());
            assertThat(record.timestamp()).isEqualTo(sent.kafkaTimestampMs());
            assertThat(record.key()).isEqualTo(sent.key());
            assertThat(record.value()).isEqualTo(sent.payload());
        });
    }

    @Test
    void keepsThePaceThatIsAsked() {
        kafka.createTopic("paced", 4);
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "paced")) {
            long began = System.nanoTime();
            sender.send(
                    ClickGenerator.of(Clicks.seeded(9), LONG_AGO), 500, Pace.perSecond(1000), ClickSender.Receipt.NONE);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(450), Duration.ofSeconds(3));
            began = System.nanoTime();
            Clicks live = Clicks.seeded(9).with(new Clicks.Traffic(500, 0)).with(Clicks.Disorder.NONE);
            sender.send(ClickGenerator.of(live, Instant.now()), 250, Pace.realTime(), ClickSender.Receipt.NONE);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
        }
    }

    @Test
    void stopsWhenItsThreadIsInterruptedWithAllAcknowledged() throws Exception {
        kafka.createTopic("endless", 4);
        List<Long> acknowledged = Collections.synchronizedList(new ArrayList<>());
        long[] sent = new long[1];
        Thread thread = new Thread(() -> {
            try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "endless")) {
                sent[0] = sender.send(
                        ClickGenerator.of(Clicks.seeded(9), LONG_AGO),
                        Long.MAX_VALUE,
                        Pace.perSecond(500),
                        (record, offset) -> acknowledged.add(offset));
            }
        });
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
        thread.start();
        await().until(() -> acknowledged.size() > 100);
        thread.interrupt();
        thread.join(5000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(thrown).hasNullValue();
        assertThat(sent[0]).isPositive().isEqualTo(acknowledged.size());
        assertThat(read("endless", 4)).hasSize(acknowledged.size());
    }

    @Test
    void saysWhatTheBrokerRefused() {
        kafka.createTopic("narrow", 1);
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "narrow")) {
            Sent huge = new Sent(
                    0,
                    0,
                    new byte[0],
                    new byte[2 << 20],
                    new Click(1, 0, 1, 1, 1, "DE", "tv", 1, true),
                    Fate.OVERSIZED);
            assertThatThrownBy(() -> sender.send(List.of(huge).iterator(), 1, Pace.flatOut(), ClickSender.Receipt.NONE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Cannot send to topic narrow")
                    .hasMessageContaining("max.request.size");
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = IntStream.range(0, partitions)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = consumer.endOffsets(all).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (records.size() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }
}
