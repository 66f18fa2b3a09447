package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.quickstart.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The jar for clusters under the real {@code spark-submit}, on clicks of yesterday (UTC) whose right answers are known. */
abstract class JarOnACluster {
    static final Path JAR = Path.of("../app/target/tideline.jar").toAbsolutePath();

    @TempDir
    Path dir;

    final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Duration most;
    private LocalStack stack;
    Path config;

    /** @param most how long a program may take */
    JarOnACluster(Duration most) {
        this.most = most;
    }

    /** Kafka and S3, and a configuration of them with {@code settings} beside. */
    void startStack(Map<String, String> settings) throws IOException {
        SparkPrograms.assumeThere();
        assertThat(JAR)
                .as("the package phase makes it, without -Dcluster.jar.skip")
                .exists();
        stack = keep(LocalStack.withOwnBucket(dir));
        stack.createTopics(Feeds.of(Optional.empty()));
        config = stack.write(settings);
    }

    @AfterEach
    void endAll() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    <T extends AutoCloseable> T keep(T part) {
        running.push(part);
        return part;
    }

    Arrivals arrivals() {
        Clicks some = Clicks.seeded(5)
                .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
        return new Arrivals(
                ClickGenerator.of(some, day.atTime(12, 0).toInstant(ZoneOffset.UTC)),
                stack.kafka().bootstrapServers(),
                "ad-clicks");
    }

    void ends(OwnProcess process) {
        int code = process.exitCode(most);
        assertThat(code).as(process.words()).isZero();
    }

    Config read() {
        return Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
    }

    void theViewsAreTheTruthOf(Arrivals arrivals) {
        try (Session session = Command.SESSIONS.existing(read())) {
            Verdict verdict =
                    Verdict.of(session.lake(), Feeds.of(Optional.empty()).named("clicks"), arrivals.truth());
            assertThat(verdict.differences()).isEmpty();
        }
    }
}
