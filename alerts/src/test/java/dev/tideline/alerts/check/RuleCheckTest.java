package dev.tideline.alerts.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("lane-b")
class RuleCheckTest {
    private static final Feed FEED = FeedFile.parse("metrics.yaml", """
            feed: metrics
            topic: metrics
            schema: metric STRING NOT NULL, labels MAP<STRING,STRING>, value DOUBLE NOT NULL, time TIMESTAMP NOT NULL
            event: { id: [ metric, labels, time ], time: time }
            rollups:
              metrics:
                dimensions: [ metric, labels ]
                measures: { samples: count(), sum: sum(value), peak: last(value) }
                derived: { avg: sum / samples }
            """);
    private static final String RULES = """
            groups:
              - name: host
                interval: 30s
                rules:
                  - alert: High
                    expr: |
                      SELECT window_start, labels['host'] AS host, avg AS value FROM metrics_1m
                      WHERE window_start >= :from AND window_start < :to
                    condition: "> 0.9"
                    for: 2m
                    labels: { severity: critical, of: "{{ $labels.host }}" }
                  - alert: Low
                    expr: SELECT window_start, labels['host'] AS host, avg AS value FROM metrics_1m
                    condition: "< 0.5"
                  - alert: Many
                    expr: |
                      SELECT count(*) AS value FROM metrics_1m
                      WHERE window_start >= :to - INTERVAL 2 MINUTES AND event_date = DATE'2026-01-01'
                    condition: ">= 2"
                    for: 1m
                  - alert: Behind
                    expr: SELECT feed, lag AS value FROM pipeline_streams
                    condition: "> 10"
                    for: 5m
            """;

    private static SparkSession spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startSession() {
        spark = LakeSession.local("local[2]", 1, Map.of()).newSession();
    }

    @BeforeEach
    void writeRules() throws IOException {
        Files.writeString(folder.resolve("host.yaml"), RULES);
    }

    @Test
    void meetsWhatIsSoInDataTime() {
        assertThat(differences("""
                rows:
                  metrics_1m:
                    - { window_start: "2026-01-01T00:00:00Z", repeat: 4, labels: { host: a }, avg: 0.95 }
                    - { window_start: "2026-01-01T00:00:00Z", repeat: 5, labels: { host: b }, avg: 0.9 }
                expect:
                  - { at: "2026-01-01T00:00:00Z", alert: High, instances: [] }
                  - { at: "2026-01-01T00:01:59Z", alert: High, instances: [ { labels: { host: a, severity: critical, of: a }, state: pending } ] }
                  - { at: "2026-01-01T00:02:30Z", alert: High, instances: [ { labels: { host: a, severity: critical, of: a }, value: 0.95 } ] }
                  - { at: "2026-01-01T00:04:59Z", alert: High, instances: [ { labels: { host: a, severity: critical, of: a } } ] }
                  - { at: "2026-01-01T00:05:00Z", alert: High, instances: [] }
                """)).containsOnly(Optional.empty());
    }

    @Test
    void judgesTheRunningWindowByNoConditionThatMoreEventsCouldUndo() {
        assertThat(differences("""
                rows:
                  metrics_1m:
                    - { window_start: "2026-01-01T00:00:00Z", labels: { host: a }, avg: 0.1 }
                expect:
                  - { at: "2026-01-01T00:00:59Z", alert: Low, instances: [] }
                  - { at: "2026-01-01T00:01:00Z", alert: Low, instances: [ { labels: { host: a } } ] }
                """)).containsOnly(Optional.empty());
    }

    @Test
    void saysWhatWasExpectedAndWhatThereWas() {
        assertThat(differences("""
                rows:
                  metrics_1m:
                    - { window_start: "2026-01-01T00:00:00Z", repeat: 3, labels: { host: a }, avg: 0.95 }
                expect:
                  - { at: "2026-01-01T00:01:30Z", alert: High, instances: [] }
                  - { at: "2026-01-01T00:02:30Z", alert: High, instances: [ { labels: { host: a, severity: critical, of: a }, value: 0.94 } ] }
                  - { at: "2026-01-01T00:02:30Z", alert: High, instances: [ { labels: { host: a } } ] }
                  - { at: "2026-01-01T00:02:30Z", alert: High, instances: [ { labels: { host: a, severity: critical, of: a }, state: pending } ] }
                  - { at: "2026-01-01T00:02:30Z", alert: Low, instances: [ { labels: { host: a }, state: pending } ] }
                """))
                .containsExactly(
                        Optional.of("expected nothing, got pending {host=a, of=a, severity=critical} at 0.95"),
                        Optional.of("expected firing {host=a, of=a, severity=critical} at 0.94,"
                                + " got firing {host=a, of=a, severity=critical} at 0.95"),
                        Optional.of("expected firing {host=a}, got firing {host=a, of=a, severity=critical} at 0.95"),
                        Optional.of("expected pending {host=a, of=a, severity=critical},"
                                + " got firing {host=a, of=a, severity=critical} at 0.95"),
                        Optional.of("expected pending {host=a}, got nothing"));
    }

    @Test
    void showsRowsFromTheirWindowOnToRulesWithoutWindows() {
        assertThat(differences("""
                rows:
                  metrics_1m:
                    - { window_start: "2026-01-01T00:00:00Z", repeat: 2 }
                expect:
                  - { at: "2026-01-01T00:01:00Z", alert: Many, instances: [] }
                  - { at: "2026-01-01T00:01:30Z", alert: Many, instances: [ { state: pending, value: 2 } ] }
                  - { at: "2026-01-01T00:02:00Z", alert: Many, instances: [ { state: pending, value: 2 } ] }
                  - { at: "2026-01-01T00:02:30Z", alert: Many, instances: [] }
                """)).containsOnly(Optional.empty());
    }

    @Test
    void takesTheStateOfThePipelineAsItIsSinceAMomentOrForTheLookback() {
        assertThat(differences("""
                since: "2026-01-01T00:00:00Z"
                rows:
                  pipeline_streams: [ { feed: a, lag: 11 }, { feed: b, lag: 10 } ]
                expect:
                  - { at: "2026-01-01T00:04:59Z", alert: Behind, instances: [ { labels: { feed: a }, state: pending, value: 11 } ] }
                  - { at: "2026-01-01T00:05:00Z", alert: Behind, instances: [ { labels: { feed: a }, state: firing, value: 11 } ] }
                """)).containsOnly(Optional.empty());
        assertThat(differences("""
                rows:
                  pipeline_streams: [ { feed: a, lag: 11 } ]
                expect: [ { at: "2026-01-01T00:00:00Z", alert: Behind, instances: [ { labels: { feed: a } } ] } ]
                """)).containsOnly(Optional.empty());
    }

    @Test
    void failsWhenTheRuleCannotBeJudged() {
        assertThat(differences("""
                rows:
                  metrics_1m:
                    - { window_start: "2026-01-01T00:00:00Z", metric: a, labels: { host: a }, avg: 0.95 }
                    - { window_start: "2026-01-01T00:00:00Z", metric: b, labels: { host: a }, avg: 0.95 }
                expect: [ { at: "2026-01-01T00:00:30Z", alert: High, instances: [] } ]
                """))
                .containsExactly(Optional.of("expected nothing, got an error: two rows of 2026-01-01T00:00:00Z have the"
                        + " labels {host=a} (group by them, or add a string column that tells them apart)"));
    }

    @Test
    void listsEveryProblemOfTheFile() {
        assertThatThrownBy(() -> run("""
                rows:
                  metrics_1s: []
                  metrics_1m: [ { window_start: "2026-01-01T00:00:00Z", host: a } ]
                  metrics_1h: [ { window_start: "noon" } ]
                  pipeline_streams: [ { lag: high } ]
                expect:
                  - { at: "noon", alert: Higher, instances: [ { state: lit, value: much } ] }
                  - { at: "2026-01-01T00:00:30Z", alert: High, instance: [] }
                """))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot test rules by " + folder.resolve("host.test.yaml") + ":\n"
                        + """
                          test "one": there is no view metrics_1s (metrics_1h, metrics_1m, metrics_events, pipeline_days, pipeline_streams)
                          test "one": rows of metrics_1m: there is no column host (window_start, event_date, metric, labels, series_id, samples, sum, peak, provisional, avg; repeat, every)
                          test "one": rows of metrics_1h: window_start is "noon" (TIMESTAMP, such as "2026-01-01T00:00:00Z")
                          test "one": rows of pipeline_streams: lag is "high" (BIGINT)
                          test "one": there is no alert "Higher" (High, Low, Many, Behind)
                          test "one": state is "lit" (firing or pending)
                          test "one": value is "much" (a number)
                          test "one": at is "noon" (a time, such as "2026-01-01T00:00:00Z")
                          test "one": there is no key instance (at, alert, instances)
                          test "one": instances of High are missing (a list, [] when nothing is pending or fires)""".indent(2).stripTrailing());
    }

    @Test
    void cannotRunWithRulesThatHaveProblems() throws IOException {
        Files.writeString(
                folder.resolve("host.yaml"),
                RULES.replace("> 10", "10")
                        .replace(
                                "avg AS value FROM metrics_1m\n          WHERE",
                                "mean AS value FROM metrics_1m\n          WHERE"));
        assertThatThrownBy(() -> run("expect: [ { at: \"2026-01-01T00:00:30Z\", alert: High, instances: [] } ]"))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot test rules by " + folder.resolve("host.test.yaml")
                        + ":\n  host.yaml: group host, rule Behind: condition is \"10\" (a comparison with a number, such"
                        + " as > 0.9)");

        Files.writeString(folder.resolve("host.yaml"), RULES.replace("lag AS value", "late AS value"));
        assertThatThrownBy(() -> run("expect: [ { at: \"2026-01-01T00:00:30Z\", alert: High, instances: [] } ]"))
                .hasMessageStartingWith("Cannot test rules by " + folder.resolve("host.test.yaml")
                        + ":\n  group host, rule Behind: expr: A column, variable, or function parameter with name `late`"
                        + " cannot be resolved");

        Files.delete(folder.resolve("host.yaml"));
        assertThatThrownBy(() -> run("expect: []"))
                .hasMessage("Cannot test rules by " + folder.resolve("host.test.yaml") + ": cannot read "
                        + folder.resolve("host.yaml") + ", NoSuchFileException");
    }

    private List<Optional<String>> differences(String test) {
        try {
            return run(test).stream().map(RuleCheck.Outcome::difference).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private List<RuleCheck.Outcome> run(String test) throws IOException {
        Path file = folder.resolve("host.test.yaml");
        Files.writeString(file, "rule_files: [ host.yaml ]\ntests:\n  - name: one\n" + test.indent(4));
        return RuleCheck.run(spark, file, List.of(FEED));
    }
}
