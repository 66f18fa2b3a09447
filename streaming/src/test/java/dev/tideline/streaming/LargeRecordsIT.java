package dev.tideline.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.CreateTimes;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.Views;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backlog of records that do not fit into one micro-batch. */
@Tag("lane-c")
class LargeRecordsIT {
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { sales: { dimensions: [], measures: { n: count() } } }
            """);
    private static final int LARGE = 120;
    private static final int SMALL = 40;
    /** Of 40 of the large records. */
    private static final long BYTES = 8 << 20;

    @TempDir
    Path dir;

    @Test
    void areReadInSmallMicroBatchesByOneRunAndCaughtUpInSmallOnes() {
        SparkSession spark = LakeSession.local("local[2]", 2, Map.of());
        Lake lake = Lake.at(spark, dir.resolve("lake").toString());
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka.createTopic("sales", 2);
            send(kafka);
            StreamOptions options = StreamOptions.of(
                            Map.of("bootstrap.servers", kafka.bootstrapServers()), Duration.ofMillis(200))
                    .withMaxBytes(BYTES);
            try (RunningStream archive = FeedStream.start(lake, FEED, Stream.ARCHIVE, options)) {
                archive.processAllAvailable();
            }

            List<ProgressRecord> archived = lake.progress(FEED, Stream.ARCHIVE).newest(1000);
            assertThat(archived.stream().mapToLong(LargeRecordsIT::consumed).sum())
                    .isEqualTo(LARGE + SMALL);
            assertThat(archived).hasSizeBetween(3, 20).allMatch(record -> consumed(record) <= 80);
            assertThat(archived.stream().map(record -> record.progress().run()).distinct())
                    .hasSize(1);
            assertTiles(archived);

            assertThat(CatchUp.run(lake, FEED, options.withMaxOffsets(70))).isEqualTo(LARGE + SMALL);
            List<ProgressRecord> caughtUp = lake.progress(FEED, Stream.SPEED).newest(1000);
            assertThat(caughtUp).hasSizeBetween(2, archived.size()).allMatch(record -> consumed(record) <= 80);
            assertTiles(caughtUp);
            assertThat(archived.get(archived.size() - 1)
                            .progress()
                            .contains(caughtUp.get(caughtUp.size() - 1).progress()))
                    .isTrue();
            Views.register(spark, lake.root());
            assertThat(spark.sql("SELECT sum(n) FROM sales_1m").head().getLong(0))
                    .isEqualTo(LARGE + SMALL);
        }
    }

    /** Each record names another day, as its Kafka timestamp does. */
    @Test
    void recordsOfManyDatesAreWrittenInMicroBatchesOfFewer() {
        int days = BatchSize.MOST_DATES + 50;
        SparkSession spark = LakeSession.local("local[2]", 2, Map.of());
        Lake lake = Lake.at(spark, dir.resolve("lake").toString());
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka.createTopic("sales", 1);
            Map<String, String> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
            try (KafkaProducer<String, String> producer =
                    new KafkaProducer<>(new HashMap<>(settings), new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < days; i++) {
                    Instant at = Instant.now().minus(Duration.ofDays(i));
                    String text = "{\"id\":\"%d\",\"at\":\"%s\"}".formatted(i, at);
                    var unused = producer.send(new ProducerRecord<>("sales", 0, at.toEpochMilli(), null, text));
                }
            }
            StreamOptions options = StreamOptions.of(settings, Duration.ofMillis(200));
            for (Stream stream : Stream.values()) {
                try (RunningStream running = FeedStream.start(lake, FEED, stream, options)) {
                    running.processAllAvailable();
                }
                List<ProgressRecord> records = lake.progress(FEED, stream).newest(1000);
                assertThat(records.stream().mapToLong(LargeRecordsIT::consumed).sum())
                        .isEqualTo(days);
                assertThat(records).allMatch(record -> consumed(record) <= BatchSize.MOST_DATES);
                assertTiles(records);
            }
            Views.register(spark, lake.root());
            assertThat(spark.sql("SELECT sum(n) FROM sales_1m").head().getLong(0))
                    .isEqualTo(days);
            assertThat(CreateTimes.tooFree(settings, "sales", BatchSize.MOST_DATES)
                            .orElseThrow())
                    .startsWith("topic sales takes Kafka timestamps up to any number of days back");
        }
    }

    private static long consumed(ProgressRecord record) {
        return record.counts().get("consumed");
    }

    private static void assertTiles(List<ProgressRecord> records) {
        assertThat(Progress.breaks(
                        records.stream().map(ProgressRecord::progress).toList()))
                .isEmpty();
    }

    private static void send(EmbeddedKafka kafka) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < LARGE + SMALL; i++) {
                String text = "{\"id\":\"%d\",\"more\":\"%s\",\"at\":\"%s\"}"
                        .formatted(i, "x".repeat(i < LARGE ? 200_000 : 1), Instant.now());
                var unused = producer.send(new ProducerRecord<>("sales", i % 2, null, text));
            }
        }
    }
}
