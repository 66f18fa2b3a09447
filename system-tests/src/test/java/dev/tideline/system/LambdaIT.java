package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Recompute;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.DirtyDays;
import dev.tideline.quickstart.Answers;
import dev.tideline.serving.Views;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From Kafka to the merged answer, with both layers, against the generator's truth. */
@Tag("lane-b")
class LambdaIT {
    /** Those of a driver of a cluster: the other tests of this module run without generated code, for tables of some rows. */
    private static final Map<String, String> AS_SPARK_SETS_THEM = Map.of(
            "spark.sql.codegen.wholeStage", "true",
            "spark.sql.codegen.factoryMode", "FALLBACK",
            "spark.sql.adaptive.enabled", "true");

    @TempDir
    Path dir;

    @Test
    void answersEqualTheTruthBeforeAndAfterARecompute() throws Exception {
        SparkSession spark = SharedSpark.session(AS_SPARK_SETS_THEM);
        Feed clicks = FeedFile.parse(
                "clicks.yaml",
                new String(
                        Feed.class.getResourceAsStream("/feeds/clicks.yaml").readAllBytes(), StandardCharsets.UTF_8));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka.createTopic("ad-clicks", 4);
            Lake lake = Lake.at(spark, dir.resolve("lake").toString());
            StreamOptions options =
                    StreamOptions.of(Map.of("bootstrap.servers", kafka.bootstrapServers()), Duration.ofSeconds(1));
            ClickTruth truth = new ClickTruth(1);
            ClickGenerator generator = ClickGenerator.of(
                    Clicks.seeded(1).onPartitions(4), Instant.now().minus(Duration.ofHours(20)));
            try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "ad-clicks");
                    RunningStream archive = FeedStream.start(lake, clicks, Stream.ARCHIVE, options);
                    RunningStream speed = FeedStream.start(lake, clicks, Stream.SPEED, options)) {
                sender.send(generator, 20_000, Pace.flatOut(), truth::add);
                speed.processAllAvailable();
                archive.processAllAvailable();
                sender.send(generator, 20_000, Pace.flatOut(), truth::add);
                speed.processAllAvailable();
                archive.processAllAvailable();
                Views.register(spark, lake.root());
                LocalDate today = LocalDate.now(ZoneOffset.UTC).plusDays(1);
                for (LocalDate day : DirtyDays.find(lake, clicks, today)) {
                    assertThat(Recompute.run(lake, clicks, day, Instant.now()).published())
                            .isTrue();
                }
                assertThat(DirtyDays.find(lake, clicks, today)).isEmpty();
                for (ClickRollup rollup : ClickRollup.values()) {
                    for (ClickRollup.Grain grain : ClickRollup.Grain.values()) {
                        assertThat(Answers.differences(spark, truth, rollup, grain))
                                .as(rollup + " " + grain)
                                .isEmpty();
                    }
                }
            }
        }
    }
}
