package dev.tideline.alerts.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import dev.tideline.notify.Transition;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the evaluator looks, and when it rests: the evaluations are counted. */
@Tag("lane-b")
class EvaluatorRestIT {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path dir;

    private EmbeddedKafka kafka;

    private static String rule(String name) {
        return """
                  - alert: %s
                    expr: |
                      SELECT window_start, count(*) AS value FROM metrics_1m
                      WHERE window_start >= :from AND window_start < :to GROUP BY window_start
                    window: 1m
                    condition: "< 1"
                    no_data: alert
                    labels: { severity: warning }
                    annotations: { summary: "nothing" }
            """.formatted(name);
    }

    @Test
    void restsUntilANewRecordOrTheEndOfAWindowAndHearsSilence() throws Exception {
        Feed metrics = FeedFile.parse(
                "metrics.yaml",
                new String(
                        Feed.class.getResourceAsStream("/feeds/metrics.yaml").readAllBytes(), StandardCharsets.UTF_8));
        RuleFile rules = RuleFile.parse("silence.yaml", """
                groups:
                  - name: silence
                    interval: 10s
                    rules:
                """ + rule("Silent") + rule("SilentToo"));
        assertThat(rules.problems()).isEmpty();
        RuleGroup group = rules.groups().get(0);
        try (EmbeddedKafka broker = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka = broker;
            kafka.createTopic("metrics", 2);
            Lake lake = Lake.at(
                    LakeSession.local("local[2]", 2, Map.of()),
                    dir.resolve("lake").toString());
            StreamOptions options = StreamOptions.of(settings(), Duration.ofMillis(200));
            try (RunningStream speed = FeedStream.start(lake, metrics, Stream.SPEED, options);
                    Evaluator evaluator = new Evaluator(lake, () -> List.of(group), settings(), "alerts")) {
                send(NOON.plusSeconds(5), speed);
                assertThat(evaluations(evaluator, group, 10)).isEqualTo(1);
                assertThat(evaluations(evaluator, group, 20)).as("nothing new").isEqualTo(1);

                send(NOON.plusSeconds(25), speed);
                assertThat(evaluations(evaluator, group, 30)).as("a record").isEqualTo(2);
                assertThat(evaluations(evaluator, group, 50)).as("nothing new").isEqualTo(2);
                assertThat(evaluations(evaluator, group, 60))
                        .as("the window's end")
                        .isEqualTo(3);
                assertThat(firing(lake)).isEmpty();

                assertThat(evaluations(evaluator, group, 70)).as("nothing new").isEqualTo(3);
                assertThat(evaluations(evaluator, group, 120))
                        .as("the end of a silent one")
                        .isEqualTo(4);
                assertThat(firing(lake))
                        .as("both rules, in one record")
                        .containsExactly(NOON.plusSeconds(60), NOON.plusSeconds(60));
            }
        }
    }

    private static int evaluations(Evaluator evaluator, RuleGroup group, int second) {
        int before = evaluator.evaluations();
        boolean different = evaluator.evaluateIfDifferent(group, List.of(group), NOON.plusSeconds(second));
        assertThat(different).isEqualTo(evaluator.evaluations() > before);
        return evaluator.evaluations();
    }

    private static List<Instant> firing(Lake lake) {
        return new AlertLedger(lake)
                .last().orElseThrow().active().stream()
                        .map(Transition::startsAt)
                        .toList();
    }

    private void send(Instant at, RunningStream speed) throws Exception {
        String json = "{\"metric\":\"m\",\"labels\":{\"host\":\"a\"},\"value\":1,\"time\":\"" + at + "\"}";
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(new HashMap<>(settings()), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("metrics", null, at.toEpochMilli(), "a", json))
                    .get();
        }
        speed.processAllAvailable();
    }

    private Map<String, String> settings() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }
}
