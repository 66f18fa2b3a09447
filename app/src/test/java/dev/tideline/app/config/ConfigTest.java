package dev.tideline.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
    @TempDir
    Path dir;

    @Test
    void theEnvironmentStandsAboveTheFileAndSetAboveBoth() throws IOException {
        Path file = file("""
                lake: s3a://bucket/lake
                trigger: { speed: 1s, archive: 1m }
                kafka: { bootstrap.servers: "file:1" }
                keep: 1d
                """);

        Config config = Config.of(Settings.of(
                Optional.of(file),
                Map.of("TIDELINE_TRIGGER_SPEED", "2s", "TIDELINE_KAFKA_BOOTSTRAP_SERVERS", "env:1"),
                List.of("kafka.bootstrap.servers=set:1")));

        assertThat(config.lake()).isEqualTo("s3a://bucket/lake");
        assertThat(config.speedTrigger()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.archiveTrigger()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.keep()).isEqualTo(Duration.ofDays(1));
        assertThat(config.requireKafka()).containsEntry("bootstrap.servers", "set:1");
    }

    @Test
    void nestedAndDottedKeysAreTheSame() throws IOException {
        Config config = Config.of(Settings.of(
                Optional.of(file("lake: /l\nspark:\n  sql:\n    shuffle.partitions: 7\nspark.executor.cores: 2\n")),
                Map.of(),
                List.of()));

        assertThat(config.spark())
                .containsEntry("spark.sql.shuffle.partitions", "7")
                .containsEntry("spark.executor.cores", "2");
    }

    @Test
    void everyProblemIsListedAtOnceWithItsSourceKeyValueAndWhatWouldWork() throws IOException {
        Path file = file("trigger: { sped: 5s, archive: soon }\nfeeds: nowhere\nkafka.sasl.jaas.config: [a]\n");

        assertThatThrownBy(() -> Config.of(Settings.of(
                        Optional.of(file), Map.of("TIDELINE_MAX_OFFSETS", "-1"), List.of("keep=1s", "lake"))))
                .isInstanceOf(CannotException.class)
                .hasMessageStartingWith("Cannot use the configuration:")
                .hasMessageContaining(file + ": trigger.sped=5s (unknown key; there are lake, feeds, trigger.speed,")
                .hasMessageContaining(file + ": trigger.archive=soon (a duration such as 500ms, 5s,")
                .hasMessageContaining(file + ": feeds=nowhere (a folder of feed files; " + dir.resolve("nowhere"))
                .hasMessageContaining(file + ": kafka.sasl.jaas.config=*** (one value, not a list)")
                .hasMessageContaining("environment TIDELINE_MAX_OFFSETS: max-offsets=-1 (the most records")
                .hasMessageContaining("--set: keep=1s (a duration")
                .hasMessageContaining("--set lake (key=value)")
                .hasMessageContaining("lake is not set (a folder or s3a://bucket/prefix");
    }

    @Test
    void aFileThatIsNoYamlIsRefusedWithItsLine() throws IOException {
        Path file = file("lake: /l\n  kafka: [\n");

        assertThatThrownBy(() -> Config.of(Settings.of(Optional.of(file), Map.of(), List.of())))
                .hasMessageContaining(file + ": line 2: not YAML");
    }

    @Test
    void aKeyThatStandsTwiceIsRefused() throws IOException {
        Path file = file("lake: /l\ntrigger: { speed: 1s }\ntrigger.speed: 2s\n");

        assertThatThrownBy(() -> Config.of(Settings.of(Optional.of(file), Map.of(), List.of())))
                .hasMessageContaining("trigger.speed (stands twice)");
    }

    @Test
    void relativeFoldersStartAtTheFileThatNamesThem() throws IOException {
        Files.createDirectory(dir.resolve("feeds"));

        Config config = Config.of(Settings.of(Optional.of(file("lake: lake\nfeeds: feeds\n")), Map.of(), List.of()));

        assertThat(config.lake()).isEqualTo(dir.resolve("lake").toString());
        assertThat(config.feeds()).contains(dir.resolve("feeds"));
    }

    @Test
    void theFileCanBeNamedByTheEnvironment() throws IOException {
        Path file = file("lake: /somewhere\n");

        Config config = Config.of(Settings.of(Optional.empty(), Map.of("TIDELINE_CONFIG", file.toString()), List.of()));

        assertThat(config.lake()).isEqualTo("/somewhere");
    }

    @Test
    void variablesOfOthersAreLeftAlone() {
        Config config = Config.of(Settings.of(
                Optional.empty(),
                Map.of("TIDELINE_LAKE", "/l", "TIDELINE_SERVICE_HOST", "10.0.0.1", "TIDELINE_JAVA_OPTS", "-Xmx1g"),
                List.of()));

        assertThat(config.lake()).isEqualTo("/l");
    }

    @Test
    void noSecretIsShown() {
        Config config = Config.of(Settings.of(List.of(
                "lake=/l",
                "spark.hadoop.fs.s3a.secret.key=s3cret",
                "spark.hadoop.fs.s3a.access.key=s3cret",
                "kafka.sasl.jaas.config=s3cret",
                "kafka.ssl.keystore.password=s3cret")));

        assertThat(config.toString()).doesNotContain("s3cret").contains("spark.hadoop.fs.s3a.secret.key=***");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("tideline.yaml"), text);
    }
}
