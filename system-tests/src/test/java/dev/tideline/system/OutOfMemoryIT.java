package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.app.output.ExitCode;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Java runs out of memory under {@code bin/tideline}: the command ends at once, with 1 and a line that says what to raise. */
@EnabledIfSystemProperty(named = "tideline.long", matches = "true")
@Tag("lane-c")
class OutOfMemoryIT {
    private static final Duration MOST = Duration.ofMinutes(3);
    private static final int RECORDS = 4;
    private static final int RECORD_BYTES = 64_000_000;
    private static final String FEED = """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL, more STRING
            event: { id: id, time: at }
            rollups: { sales: { dimensions: [], measures: { n: count(), most: max(more) } } }
            """;

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static Path config;

    private final List<OwnProcess> running = new ArrayList<>();

    @BeforeAll
    static void sendLargeRecords() throws Exception {
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        kafka.createTopic("sales", 2);
        Path feeds = Files.createDirectory(dir.resolve("feeds"));
        Files.writeString(feeds.resolve("sales.yaml"), FEED);
        config = Files.writeString(
                dir.resolve("tideline.yaml"), """
                lake: %s
                feeds: %s
                kafka.bootstrap.servers: %s
                trigger.archive: 1s
                trigger.speed: 1s
                """.formatted(dir.resolve("lake"), feeds, kafka.bootstrapServers()));
        Map<String, Object> servers = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Admin admin = Admin.create(servers)) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, "sales"),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", "100000000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", kafka.bootstrapServers(),
                        "max.request.size", "100000000",
                        "buffer.memory", "200000000"),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                String text = "{\"id\":\"%d\",\"at\":\"%s\",\"more\":\"%s\"}"
                        .formatted(i, Instant.now(), "x".repeat(RECORD_BYTES));
                producer.send(new ProducerRecord<>("sales", i % 2, null, text)).get();
            }
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @AfterEach
    void endAll() {
        running.forEach(OwnProcess::close);
    }

    @Test
    void aStreamThatRunsOutOfMemorySaysWhatToRaiseAndThenGoesOn() {
        for (String stream : List.of("archive", "speed")) {
            OwnProcess small = tideline("-Xmx600m", stream, "--feed", "sales");
            endsForWantOfMemory(small, "-Xmx600m");
            OwnProcess enough = tideline("-Xmx2g", stream, "--feed", "sales", "--once");
            assertThat(enough.exitCode(MOST)).as(enough.words()).isZero();
        }
        Feed sales = FeedFile.parse("sales.yaml", FEED);
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
        for (Stream stream : Stream.values()) {
            List<ProgressRecord> records = lake.progress(sales, stream).newest(100);
            assertThat(Progress.breaks(
                            records.stream().map(ProgressRecord::progress).toList()))
                    .isEmpty();
            assertThat(records.stream()
                            .mapToLong(record -> record.counts().get("consumed"))
                            .sum())
                    .isEqualTo(RECORDS);
        }
    }

    @Test
    void tooLittleForSparkIsRefused() {
        OwnProcess refused = tideline("-Xmx300m", "speed", "--feed", "sales");
        assertThat(refused.exitCode(MOST)).as(refused.words()).isEqualTo(ExitCode.CANNOT);
        assertThat(refused.words())
                .contains("tideline: Cannot start Spark: Java may use ")
                .doesNotContain("\tat ");
    }

    /** What the JVM says on its own goes to standard output. */
    private void endsForWantOfMemory(OwnProcess process, String heap) {
        int code = process.exitCode(MOST);
        assertThat(code).as(process.words()).isEqualTo(ExitCode.FAILED);
        assertThat(process.words().lines())
                .contains("tideline: out of memory with " + heap + " (set TIDELINE_JAVA_OPTS to a larger -Xmx)");
    }

    private OwnProcess tideline(String heap, String command, String... more) {
        List<String> words = new ArrayList<>(
                List.of(Readme.HOME.resolve("bin/tideline").toString(), command, "--config", config.toString()));
        words.addAll(List.of(more));
        OwnProcess process = OwnProcess.start(
                command,
                dir,
                words,
                Map.of("TIDELINE_BUILD", "no", "TIDELINE_JAVA_OPTS", heap, "TMPDIR", dir.toString()));
        running.add(process);
        return process;
    }
}
