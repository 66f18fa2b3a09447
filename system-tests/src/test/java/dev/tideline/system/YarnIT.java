package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.lake.LakeSession;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.quickstart.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar for clusters, run by the real {@code spark-submit} on YARN: its driver beside the one who submits, and in the cluster.
 * The lines are those of the guide.
 */
@Tag("lane-c")
class YarnIT {
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final Path JAR = Path.of("../app/target/tideline.jar").toAbsolutePath();

    @TempDir
    Path dir;

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private LocalStack stack;
    private YarnCluster yarn;
    private Path config;

    @BeforeEach
    void startACluster() throws IOException {
        SparkPrograms.assumeThere();
        assertThat(JAR)
                .as("the package phase makes it, without -Dcluster.jar.skip")
                .exists();
        stack = keep(LocalStack.withOwnBucket(dir));
        stack.createTopics(Feeds.of(Optional.empty()));
        Map<String, String> settings = new HashMap<>(LakeSession.small());
        settings.put("trigger.speed", "1s");
        settings.put("trigger.archive", "1s");
        config = stack.write(settings);
        yarn = keep(YarnCluster.start(dir));
        Files.writeString(Files.createDirectory(dir.resolve("conf")).resolve("spark-defaults.conf"), """
                spark.driver.memory 900m
                spark.executor.memory 700m
                spark.executor.instances 1
                spark.yarn.am.memory 300m
                spark.yarn.jars local:%1$s/*
                spark.yarn.stagingDir file:%2$s
                spark.yarn.report.interval 200ms
                spark.driver.extraJavaOptions %3$s
                spark.executor.extraJavaOptions %3$s
                spark.yarn.am.extraJavaOptions %3$s
                spark.ui.enabled false
                """.formatted(
                        SparkPrograms.jars(), dir.resolve("staging"), "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"));
    }

    @AfterEach
    void endAll() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    @Test
    void theJarRunsBothLayersOnYarn() throws Exception {
        LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(1);
        Clicks some = Clicks.seeded(5)
                .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
        List<String> lines = Readme.read("docs/GUIDE-SPARK-SUBMIT.md").all("(?m)^spark-submit (--master yarn .*)$");
        assertThat(lines).hasSize(3);
        try (Arrivals arrivals = new Arrivals(
                ClickGenerator.of(some, day.atTime(12, 0).toInstant(ZoneOffset.UTC)),
                stack.kafka().bootstrapServers(),
                "ad-clicks")) {
            arrivals.send(3000);

            OwnProcess archive = typed(lines.get(0), "--once");
            OwnProcess speed = typed(lines.get(1), "--once");
            ends(archive);
            ends(speed);
            ends(typed(lines.get(2)));
            Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
            try (Session session = Command.SESSIONS.existing(read)) {
                Verdict verdict =
                        Verdict.of(session.lake(), Feeds.of(Optional.empty()).named("clicks"), arrivals.truth());
                assertThat(verdict.differences()).isEmpty();
            }

            OwnProcess refused = typed(lines.get(2).replace("clicks --dirty", "nothing --dirty"));
            assertThat(refused.exitCode(MOST)).as(refused.words()).isEqualTo(1);
            assertThat(refused.words()).containsPattern("exit code 2: Cannot .*nothing");
        }
        assertThat(yarn.ask("apps").split("\"finalStatus\":\"SUCCEEDED\"", -1))
                .as(yarn.ask("apps"))
                .hasSize(1 + 3);
    }

    /** A line as it stands there, but for the names of things. */
    private OwnProcess typed(String line, String... more) {
        List<String> args = new ArrayList<>(Arrays.stream(line.split(" "))
                .map(word -> word.equals("app/target/tideline.jar") ? JAR.toString() : word)
                .toList());
        args.addAll(List.of(more));
        return keep(SparkPrograms.start(
                "typed",
                dir,
                "spark-submit",
                args,
                Map.of("HADOOP_CONF_DIR", yarn.conf().toString())));
    }

    private static void ends(OwnProcess process) {
        int code = process.exitCode(MOST);
        assertThat(code).as(process.words()).isZero();
    }

    private <T extends AutoCloseable> T keep(T part) {
        running.push(part);
        return part;
    }
}
