package dev.tideline.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that is away for longer than Spark waits for it. */
@Tag("lane-c")
class OutageIT {
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { sales: { dimensions: [], measures: { n: count() } } }
            """);

    @TempDir
    Path dir;

    @Test
    void aStreamGoesOnOnceTheBrokerIsBack() throws Exception {
        EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        int port = URI.create("kafka://" + kafka.bootstrapServers()).getPort();
        kafka.createTopic("sales", 2);
        Lake lake = Lake.at(
                LakeSession.local("local[2]", 2, Map.of()), dir.resolve("lake").toString());
        Map<String, String> settings = Map.of(
                "bootstrap.servers", kafka.bootstrapServers(),
                "request.timeout.ms", "2000",
                "default.api.timeout.ms", "4000");
        List<String> said = new CopyOnWriteArrayList<>();
        try (LastingStream speed = LastingStream.start(
                lake, FEED, Stream.SPEED, StreamOptions.of(settings, Duration.ofMillis(500)), said::add)) {
            CompletableFuture<Void> awaited = CompletableFuture.runAsync(() -> {
                try {
                    speed.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            send(kafka, "a");
            Awaitility.await().atMost(MOST).until(() -> consumed(lake) == 1);

            kafka.close();
            Awaitility.await().atMost(MOST).until(() -> said.size() >= 2 || awaited.isDone());
            kafka = EmbeddedKafka.start(dir.resolve("kafka"), port);
            send(kafka, "b");
            Awaitility.await().atMost(MOST).until(() -> consumed(lake) == 2 || awaited.isDone());

            assertThat(consumed(lake)).isEqualTo(2);
            assertThat(said)
                    .allSatisfy(line -> assertThat(line)
                            .startsWith("sales speed: its run ended (")
                            .endsWith(" s"));
            speed.close();
            awaited.get();
        } finally {
            kafka.close();
        }
    }

    private static long consumed(Lake lake) {
        return lake.progress(FEED, Stream.SPEED).newest(100).stream()
                .mapToLong(record -> record.counts().get("consumed"))
                .sum();
    }

    private static void send(EmbeddedKafka kafka, String id) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("sales", "{\"id\":\"%s\",\"at\":\"%s\"}".formatted(id, Instant.now())))
                    .get();
        }
    }
}
