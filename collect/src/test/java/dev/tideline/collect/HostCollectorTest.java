package dev.tideline.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("lane-b")
class HostCollectorTest {
    @TempDir
    Path dir;

    @Test
    void sendsWhatThisMachineThisProcessAndTheBrokerReallyDo() throws Exception {
        Instant began = Instant.now();
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir)) {
            kafka.createTopic("metrics", 2);
            long sent;
            try (HostCollector collector =
                    HostCollector.start(kafka.bootstrapServers(), "metrics", Duration.ofMillis(250))) {
                await().atMost(Duration.ofSeconds(30)).until(() -> collector.sent() > 150);
                collector.close();
                sent = collector.sent();
                assertThat(collector.failed()).isZero();
            }
            Map<String, List<JsonNode>> byMetric = new HashMap<>();
            Map<String, Integer> partitions = new HashMap<>();
            List<ConsumerRecord<String, String>> records = read(kafka);
            assertThat(records).hasSize(Math.toIntExact(sent));
            for (ConsumerRecord<String, String> record : records) {
                JsonNode event = new ObjectMapper().readTree(record.value());
                assertThat(event.get("value").isNumber()).as(record.value()).isTrue();
                assertThat(Instant.parse(event.get("time").textValue()))
                        .isBetween(began.minusMillis(1), Instant.now())
                        .isEqualTo(Instant.ofEpochMilli(record.timestamp()));
                assertThat(event.get("labels").get("host").textValue()).isNotEmpty();
                assertThat(partitions.putIfAbsent(event.get("metric").textValue(), record.partition()))
                        .isIn(null, record.partition());
                byMetric.computeIfAbsent(event.get("metric").textValue(), m -> new ArrayList<>())
                        .add(event);
            }
            assertThat(values(byMetric, "cpu_utilization_ratio", "host"))
                    .allSatisfy(cpu -> assertThat(cpu).isBetween(0.0, 1.0))
                    .anySatisfy(cpu -> assertThat(cpu).isPositive());
            assertThat(byMetric.get("cpu_core_utilization_ratio").stream()
                            .map(event -> event.get("labels").get("core").textValue())
                            .distinct())
                    .hasSize(Runtime.getRuntime().availableProcessors());
            assertThat(values(byMetric, "memory_used_bytes", "host"))
                    .allSatisfy(used -> assertThat(used)
                            .isBetween(
                                    1e6,
                                    byMetric.get("memory_total_bytes")
                                            .get(0)
                                            .get("value")
                                            .doubleValue()));
            double mostHeap = Runtime.getRuntime().maxMemory();
            assertThat(values(byMetric, "jvm_heap_used_bytes", "jvm"))
                    .allSatisfy(used -> assertThat(used).isBetween(1e6, mostHeap));
            assertThat(values(byMetric, "jvm_threads", "jvm"))
                    .allSatisfy(threads -> assertThat(threads).isGreaterThan(20));
            assertThat(values(byMetric, "kafka_messages_in_per_second", "kafka"))
                    .anySatisfy(rate -> assertThat(rate).isGreaterThan(10));
            assertThat(values(byMetric, "kafka_request_handler_idle_ratio", "kafka"))
                    .allSatisfy(idle -> assertThat(idle).isBetween(0.0, 1.0));
            assertThat(byMetric).containsKeys("load_average_1m", "network_received_bytes_per_second");
        }
    }

    @Test
    void countsTimeThatIsNeitherIdleNorWaitingAsBusy() {
        // user, nice, system, idle, iowait, irq, softirq, steal
        long[] before = {100, 0, 50, 1000, 10, 0, 0, 0};
        long[] after = {120, 5, 60, 1050, 20, 1, 2, 2};
        assertThat(HostGauges.busy(before, after)).isEqualTo(0.4);
        assertThat(HostGauges.busy(before, before)).isNaN();
    }

    @Test
    void countsWhatItCannotSend() {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir);
                HostCollector collector =
                        HostCollector.start(kafka.bootstrapServers(), "no-such-topic", Duration.ofMillis(100))) {
            await().atMost(Duration.ofSeconds(30)).until(() -> collector.failed() > 0);
            assertThat(collector.sent()).isZero();
        }
    }

    @Test
    void writesLabelsInOrderAndEscapesThem() {
        Gauge gauge =
                Gauge.of("disk_reads_per_second", "disk", "a\"b\\c\n", 1.5).from("here", "host");
        assertThat(gauge.json(Instant.parse("2026-11-20T10:00:00.123Z")))
                .isEqualTo(
                        "{\"metric\":\"disk_reads_per_second\",\"labels\":{\"disk\":\"a\\\"b\\\\c\\u000a\","
                                + "\"host\":\"here\",\"service\":\"host\"},\"value\":1.5,\"time\":\"2026-11-20T10:00:00.123Z\"}");
    }

    @Test
    void turnsCountersIntoRatesButNotAtTheFirstSampleNorAfterAReset() {
        Rates rates = new Rates();
        rates.tick(1_000_000_000L);
        assertThat(rates.perSecond("bytes", 100)).isEmpty();
        rates.tick(3_000_000_000L);
        assertThat(rates.perSecond("bytes", 300)).hasValue(100);
        rates.tick(4_000_000_000L);
        assertThat(rates.perSecond("bytes", 7)).isEmpty();
    }

    private static List<Double> values(Map<String, List<JsonNode>> byMetric, String metric, String service) {
        assertThat(byMetric).containsKey(metric);
        return byMetric.get(metric).stream()
                .peek(event -> assertThat(event.get("labels").get("service").textValue())
                        .isEqualTo(service))
                .map(event -> event.get("value").doubleValue())
                .toList();
    }

    private static List<ConsumerRecord<String, String>> read(EmbeddedKafka kafka) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            Set<TopicPartition> all = Set.of(new TopicPartition("metrics", 0), new TopicPartition("metrics", 1));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = consumer.endOffsets(all).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            while (records.size() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }
}
