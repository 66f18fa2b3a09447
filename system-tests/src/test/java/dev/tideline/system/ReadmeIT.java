package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says to type to keep a stack and to ask it, typed: by the real script, as it stands there. */
@Tag("lane-c")
class ReadmeIT {
    private static final Duration MOST = Duration.ofMinutes(8);

    @TempDir
    Path dir;

    private final List<OwnProcess> running = new ArrayList<>();

    @AfterEach
    void endAll() {
        running.forEach(OwnProcess::close);
    }

    @Test
    void aStackIsKeptFedAndAsked() throws Exception {
        Readme readme = Readme.read();
        OwnProcess dev = type(readme.only("(bin/tideline dev --dir /tmp/tideline) --kafka-port"));
        await().atMost(MOST).until(() -> dev.words().lines().anyMatch("ready"::equals) || !dev.isAlive());
        assertThat(dev.isAlive()).as(dev.words()).isTrue();
        String click = readme.only("echo '(\\{\"event_id\".*\\})' ");
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Payloads.send(broker(dev), "ad-clicks", click.replaceAll("'\"\\$\\(date.*?\\)\"'", now));

        List<String> questions = readme.all("\\| `(SELECT .*?)` \\|");
        assertThat(questions).hasSize(4);
        String clicksOfAdSeven = questions.get(0);
        await().atMost(MOST).until(() -> ask(clicksOfAdSeven).out().endsWith("\n1\n"));
        for (String line : readme.all("(?m)^(bin/tideline (?:query|status).*)$")) {
            OwnProcess typed = type(line);
            assertThat(typed.exitCode(MOST)).as(line + "\n" + typed.words()).isZero();
        }
        for (String sql : questions) {
            Command asked = ask(sql);
            assertThat(asked.code()).as(sql + "\n" + asked.err()).isZero();
        }
        alertsAreAskedFor(Readme.read("docs/ALERTS.md"));
        dev.terminate();
        assertThat(dev.exitCode(MOST)).as(dev.words()).isIn(0, OwnProcess.SIGTERM);
    }

    private void alertsAreAskedFor(Readme page) {
        for (String line : page.all("(?m)^(bin/tideline alerts .*?)(?: +#.*)?$")) {
            OwnProcess typed = type(line.replace(
                    "tideline.yaml", dir.resolve("tideline/tideline.yaml").toString()));
            if (line.contains("alerts run")) {
                await().atMost(MOST).until(() -> typed.words().contains("evaluating") || !typed.isAlive());
                typed.terminate();
                assertThat(typed.exitCode(MOST)).as(typed.words()).isIn(0, OwnProcess.SIGTERM);
            } else {
                assertThat(typed.exitCode(MOST)).as(line + "\n" + typed.words()).isZero();
            }
        }
    }

    private Command ask(String sql) {
        return Command.run(
                "query", "--config", dir.resolve("tideline/tideline.yaml").toString(), "--format", "csv", sql);
    }

    private OwnProcess type(String line) {
        String here = line.replace(
                        "bin/tideline", Readme.HOME.resolve("bin/tideline").toString())
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

    private static String broker(OwnProcess dev) {
        Matcher said = Pattern.compile("(?m)^Kafka +(\\S+)").matcher(dev.words());
        assertThat(said.find()).as(dev.words()).isTrue();
        return said.group(1);
    }
}
