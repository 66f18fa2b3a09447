package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import dev.tideline.streaming.StreamOptions;
import dev.tideline.system.ExecutorFaults.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * On a standalone master with two workers, executors are killed and stopped in the middle of tasks of both streams, recomputes and
 * folds, and with speculation the tasks of those that are stopped run elsewhere as well: every row is counted, once. 6 times,
 * {@code -Dtideline.long=true} 60, or {@code -Dtideline.faults=N}; {@code -Dtideline.seed=N} draws the same again.
 */
@EnabledIfSystemProperty(named = "tideline.long", matches = "true")
@Tag("lane-c")
class ExecutorsIT extends JarOnACluster {
    private static final int FAULTS =
            Integer.getInteger("tideline.faults", Boolean.getBoolean("tideline.long") ? 60 : 6);
    private static final long SEED = Long.getLong("tideline.seed", System.nanoTime() % 1_000_000);
    private static final Duration MOST = Duration.ofMinutes(3);
    /** A tenth of what Spark waits before it gives up an executor that is silent. */
    private static final int STOPPED_MILLIS = 4_000;

    private final Random random = new Random(SEED);

    ExecutorsIT() {
        super(MOST);
    }

    @Test
    void everyRowIsCountedOnceWhateverBefallsExecutors() throws IOException {
        System.err.println("executors: -Dtideline.seed=" + SEED);
        try {
            play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dtideline.seed=" + SEED, e);
        }
    }

    private void play() throws IOException {
        SparkPrograms.assumeThere();
        StandaloneCluster cluster = keep(StandaloneCluster.start(dir, 2, 2, "1g"));
        startStack(settings(cluster));
        Config read = read();
        Feed clicks = Feeds.of(Optional.empty()).named("clicks");
        try (Session session = Command.SESSIONS.open(read);
                Arrivals arrivals = arrivals()) {
            Lake lake = session.lake();
            arrivals.send(500);
            StreamOptions options = StreamOptions.of(read.requireKafka(), Duration.ofMillis(300));
            Whole.catchUp(lake, clicks, options);
            arrivals.flow(50);
            OwnProcess driver = keep(OwnProcess.of(dir, RivalDriver.class, config.toString(), day.toString()));
            for (int done = 0; done < FAULTS; done++) {
                int before = done;
                await().atMost(MOST).until(() -> happened(driver) > before || !driver.isAlive());
            }
            await().atMost(MOST).until(() -> driver.words().contains("no more faults") || !driver.isAlive());
            long archived = seq(lake, clicks, Stream.ARCHIVE);
            long sped = seq(lake, clicks, Stream.SPEED);
            await().atMost(MOST)
                    .until(() -> !driver.isAlive()
                            || (seq(lake, clicks, Stream.ARCHIVE) > archived
                                    && seq(lake, clicks, Stream.SPEED) > sped));
            assertThat(driver.isAlive()).as(driver.words()).isTrue();
            driver.kill();
            arrivals.pause();
            System.err.println("executors: " + summary(driver));
            assertThat(driver.words()).contains("speculated");
            Whole.check(lake, clicks, arrivals);
            verifies();
            Whole.comesToTheTruth(lake, clicks, options, arrivals);
            verifies();
        }
    }

    private Map<String, String> settings(StandaloneCluster cluster) {
        Map<String, String> settings = new HashMap<>(LakeSession.small());
        settings.putAll(Map.of(
                "spark.master", cluster.master(),
                "spark.driver.host", "127.0.0.1",
                "spark.driver.bindAddress", "127.0.0.1",
                "spark.jars", JAR.toString(),
                "spark.ui.enabled", "false",
                "spark.executor.cores", "2",
                "spark.executor.memory", "800m",
                "spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "spark.sql.shuffle.partitions", "2"));
        settings.putAll(Map.of(
                "spark.speculation",
                "true",
                "spark.speculation.interval",
                "100ms",
                "spark.speculation.quantile",
                "0.3",
                "spark.speculation.minTaskRuntime",
                "500ms",
                "spark.speculation.task.duration.threshold",
                "1s",
                "spark.extraListeners",
                ExecutorFaults.class.getName(),
                ExecutorFaults.FAULTS,
                drawn().stream().map(Fault::toString).collect(Collectors.joining(","))));
        return settings;
    }

    /** First each of what matters most, in any order. */
    private List<Fault> drawn() {
        List<Fault> faults = new ArrayList<>();
        for (String work : List.of("speed", "archive", "recompute")) {
            faults.add(fault("KILL", work));
            faults.add(fault("STOP", work));
        }
        Collections.shuffle(faults, random);
        while (faults.size() < FAULTS) {
            faults.add(fault(
                    random.nextBoolean() ? "KILL" : "STOP",
                    List.of("speed", "archive", "recompute", "fold").get(random.nextInt(4))));
        }
        return faults.subList(0, FAULTS);
    }

    private Fault fault(String signal, String work) {
        return new Fault(signal, signal.equals("STOP") ? STOPPED_MILLIS : 0, work, random.nextInt(12));
    }

    private static long happened(OwnProcess driver) {
        return driver.words()
                .lines()
                .filter(line -> line.contains(" in a task of "))
                .count();
    }

    private static Map<String, Long> summary(OwnProcess driver) {
        return driver.words()
                .lines()
                .filter(line -> line.matches("(KILL|STOP) of .*|speculated .*|\\w+: .*"))
                .map(line -> line.replaceFirst("executor \\d+", "an executor"))
                .collect(Collectors.groupingBy(line -> line, java.util.TreeMap::new, Collectors.counting()));
    }

    private static long seq(Lake lake, Feed clicks, Stream stream) {
        return lake.progress(clicks, stream).progress().seq();
    }

    private void verifies() {
        Command verified = Command.run("verify", "--config", config.toString());
        assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
    }
}
