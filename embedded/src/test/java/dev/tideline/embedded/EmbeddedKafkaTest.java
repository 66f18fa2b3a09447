package dev.tideline.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("lane-b")
class EmbeddedKafkaTest {
    @TempDir
    Path dir;

    @Test
    void givesBackWhatItTookAfterARestartWithTheSameFolder() throws Exception {
        String cluster;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir)) {
            kafka.createTopic("letters", 2);
            kafka.createTopic("letters", 2);
            send(kafka, 1, "alpha");
            cluster = clusterId(kafka);
            assertThat(read(kafka, 1)).containsExactly("alpha");
        }
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir)) {
            send(kafka, 1, "beta");
            assertThat(read(kafka, 1)).containsExactly("alpha", "beta");
            assertThat(clusterId(kafka)).isEqualTo(cluster);
        }
    }

    @Test
    void takesTheFirstRecordOfEachPartitionOnceATopicIsCreated() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir);
                KafkaProducer<String, String> impatient = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                kafka.bootstrapServers(),
                                "enable.idempotence",
                                false,
                                "retries",
                                0),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int topic = 0; topic < 4; topic++) {
                String name = "letters-" + topic;
                kafka.createTopic(name, 32);
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int partition = 0; partition < 32; partition++) {
                    sent.add(impatient.send(new ProducerRecord<>(name, partition, null, "alpha")));
                }
                for (Future<RecordMetadata> record : sent) {
                    assertThat(record.get().offset()).isZero();
                }
            }
        }
    }

    @Test
    void runsBesideAnotherOneAndDoesNotCreateTopicsByUse() throws Exception {
        try (EmbeddedKafka one = EmbeddedKafka.start(dir.resolve("one"));
                EmbeddedKafka two = EmbeddedKafka.start(dir.resolve("two"))) {
            one.createTopic("letters", 1);
            two.createTopic("letters", 1);
            send(one, 0, "one");
            send(two, 0, "two");
            assertThat(read(one, 0)).containsExactly("one");
            assertThat(read(two, 0)).containsExactly("two");
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", one.bootstrapServers()))) {
                assertThatThrownBy(() -> admin.describeTopics(Set.of("never-made"))
                                .allTopicNames()
                                .get())
                        .hasMessageContaining("UnknownTopicOrPartition");
                assertThat(admin.listTopics().names().get()).containsExactly("letters");
            }
        }
    }

    @Test
    void saysWhichPortIsTaken() {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("one"))) {
            int port = Integer.parseInt(kafka.bootstrapServers().split(":", -1)[1]);
            assertThatThrownBy(() -> EmbeddedKafka.start(dir.resolve("two"), port))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Cannot start Kafka")
                    .hasMessageContaining("port " + port);
            EmbeddedKafka.start(dir.resolve("two")).close();
        }
    }

    private static void send(EmbeddedKafka kafka, int partition, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("letters", partition, null, value))
                    .get();
        }
    }

    private static List<String> read(EmbeddedKafka kafka, int partition) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            TopicPartition letters = new TopicPartition("letters", partition);
            consumer.assign(Set.of(letters));
            consumer.seekToBeginning(Set.of(letters));
            long end = consumer.endOffsets(Set.of(letters)).get(letters);
            List<String> values = new ArrayList<>();
            while (consumer.position(letters) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }

    private static String clusterId(EmbeddedKafka kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            return admin.describeCluster().clusterId().get();
        }
    }
}
