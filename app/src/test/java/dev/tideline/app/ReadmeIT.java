package dev.tideline.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says to type to keep a stack and to ask it, typed: by the real script, as it stands there. */
class ReadmeIT {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Duration MOST = Duration.ofMinutes(8);

    @TempDir
    Path dir;

    private final List<OwnProcess> running = new ArrayList<>();
    private String readme;

    @BeforeEach
    void read() throws IOException {
        readme = Files.readString(HOME.resolve("README.md"));
    }

    @AfterEach
    void endAll() {
        running.forEach(OwnProcess::close);
    }

    @Test
    void aStackIsKeptFedAndAsked() throws Exception {
        OwnProcess dev = type(only("(bin/tideline dev --dir /tmp/tideline) --kafka-port"));
        await().atMost(MOST).until(() -> dev.words().lines().anyMatch("ready"::equals) || !dev.isAlive());
        assertThat(dev.isAlive()).as(dev.words()).isTrue();
        send(dev, only("echo '(\\{\"event_id\".*\\})' "));

        List<String> questions = all("\\| `(SELECT .*?)` \\|");
        assertThat(questions).hasSize(4);
        String clicksOfAdSeven = questions.get(0);
        await().atMost(MOST).until(() -> ask(clicksOfAdSeven).out().endsWith("\n1\n"));
        for (String line : all("(?m)^(bin/tideline (?:query|status).*)$")) {
            OwnProcess typed = type(line);
            assertThat(typed.exitCode(MOST)).as(line + "\n" + typed.words()).isZero();
        }
        for (String sql : questions) {
            Command asked = ask(sql);
            assertThat(asked.code()).as(sql + "\n" + asked.err()).isZero();
        }
        dev.terminate();
        assertThat(dev.exitCode(MOST)).as(dev.words()).isIn(0, OwnProcess.SIGTERM);
    }

    private Command ask(String sql) {
        return Command.run(
                "query", "--config", dir.resolve("tideline/tideline.yaml").toString(), "--format", "csv", sql);
    }

    private OwnProcess type(String line) {
        String here = line.replace("bin/tideline", HOME.resolve("bin/tideline").toString())
                .replace("/tmp/tideline", dir.resolve("tideline").toString());
        OwnProcess process = OwnProcess.start(
                line.split(" ")[1],
                dir,
                List.of("bash", "-c", "exec " + here),
                Map.of(
                        "TIDELINE_BUILD",
                        "no",
                        "TIDELINE_CONFIG",
                        dir.resolve("tideline/tideline.yaml").toString()));
        running.add(process);
        return process;
    }

    /** One click, as the README pipes it to another client. */
    private static void send(OwnProcess dev, String payload) throws Exception {
        String broker = find(dev.words(), "(?m)^Kafka +(\\S+)").get(0);
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("ad-clicks", payload.replaceAll("'\"\\$\\(date.*?\\)\"'", now)))
                    .get();
        }
    }

    private String only(String pattern) {
        List<String> found = all(pattern);
        assertThat(found).as(pattern).hasSize(1);
        return found.get(0);
    }

    private List<String> all(String pattern) {
        return find(readme, pattern);
    }

    private static List<String> find(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
