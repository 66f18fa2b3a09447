package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.app.output.ExitCode;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.Stream;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.streaming.StreamOptions;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of the real commands while clicks arrive, somewhere between two objects that they write; then the same
 * commands again. And two of a kind at once. After each the answers are what they must be at that moment, and after a
 * recompute the truth.
 *
 * <p>{@code -Dtideline.seed=N} replays the numbers of objects, {@code -Dtideline.long=true} kills ten times each.
 */
class KillIT {
    private static final long SEED = Long.getLong("tideline.seed", System.nanoTime() % 1_000_000);
    private static final int TIMES = Boolean.getBoolean("tideline.long") ? 10 : 1;
    private static final Duration MOST = Duration.ofMinutes(6);
    private static final double CLICKS_PER_SECOND = 20;
    /** Its clicks end before today even when ten kills each take their time, and none of its days is sealed meanwhile. */
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(3);

    @TempDir
    static Path dir;

    private static LocalStack stack;
    private static Arrivals arrivals;
    private static Path config;
    private static Map<String, String> kafka;
    private static Session session;
    private static Lake lake;
    private static Feed clicks;

    private final Random random = new Random(SEED);
    private final List<OwnProcess> running = new ArrayList<>();

    @BeforeAll
    static void streamSomeClicks() {
        System.err.println("-Dtideline.seed=" + SEED);
        stack = LocalStack.withOwnBucket(dir);
        config = stack.write(
                Map.of("trigger.speed", "2s", "trigger.archive", "2s", "spark.sql.shuffle.partitions", "2"));
        Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
        Feeds feeds = Feeds.of(Optional.empty());
        stack.createTopics(feeds);
        clicks = feeds.named("clicks");
        session = Command.SESSIONS.open(read);
        lake = session.lake();
        kafka = read.requireKafka();
        Clicks some = Clicks.seeded(SEED)
                .with(new Clicks.Traffic(1, 0.5))
                .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
        Instant start = DAY.atTime(LocalTime.of(6, 0)).toInstant(ZoneOffset.UTC);
        arrivals = new Arrivals(ClickGenerator.of(some, start), stack.kafka().bootstrapServers(), clicks.topic());
        arrivals.send(1000);
        catchUp();
    }

    @AfterAll
    static void stop() {
        try (LocalStack last = stack;
                Session before = session;
                Arrivals first = arrivals) {
            Objects.requireNonNull(first);
        }
    }

    @AfterEach
    void endAll() {
        arrivals.pause();
        running.forEach(OwnProcess::close);
    }

    /** Killed between the rows of a micro-batch and the record that makes them count: those rows do not exist. */
    @Test
    @Tag("lane-b")
    void aSpeedDriverIsKilledAtItsCommitPoint() {
        long seq;
        int kills = 0;
        do {
            assertThat(++kills).as("kills, each after the record").isLessThan(5);
            arrivals.send(200);
            seq = speed().progress().seq();
            long enough = speedCommits() + clicks.rollups().size();
            OwnProcess driver = tideline("speed");
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(MOST)
                    .until(() -> speedCommits() >= enough || !driver.isAlive());
            assertThat(driver.kill()).as(driver.words()).isEqualTo(OwnProcess.SIGKILL);
            assertThat(speedCommits()).isGreaterThanOrEqualTo(enough);
        } while (speed().progress().seq() != seq);
        isWhole();

        ends(tideline("speed", "--once"), 0);
        assertThat(speed().progress().seq()).isGreaterThan(seq);
        isWholeAndThenTheTruth();
    }

    @Test
    @Tag("lane-c")
    void aRecomputeBySparkSubmitPublishes() {
        String spark = System.getProperty("tideline.spark.home", "");
        assumeThat(spark)
                .as("-Dtideline.spark.home names no Spark distribution: bin/test sets one up")
                .isNotEmpty();
        arrivals.send(200);
        catchUp();
        List<String> command = List.of(
                spark + "/bin/spark-submit",
                "--master",
                "local[2]",
                "--driver-memory",
                "900m",
                Path.of("../app/target/tideline.jar").toAbsolutePath().toString(),
                "recompute",
                "--feed",
                "clicks",
                "--date",
                DAY.toString(),
                "--config",
                config.toString());
        OwnProcess recompute = OwnProcess.start(
                "spark-submit",
                dir,
                command,
                Map.of(
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "SPARK_HOME",
                        spark,
                        "SPARK_LOCAL_IP",
                        "127.0.0.1",
                        "SPARK_SUBMIT_OPTS",
                        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"));
        running.add(recompute);
        ends(recompute, 0);
        assertThat(recompute.words()).contains("clicks " + DAY + ": published");
        isWholeAndThenTheTruth();
    }

    @Test
    @Tag("lane-c")
    void eachIsKilledSomewhere() {
        for (int i = 0; i < TIMES; i++) {
            arrivals.flow(CLICKS_PER_SECOND);
            long seq = speed().progress().seq();
            OwnProcess archive = tideline("archive");
            OwnProcess speed = tideline("speed");
            await().atMost(MOST).until(() -> speed().progress().seq() >= seq + 2); // something to fold
            long folded = foldedTo();
            OwnProcess recompute = tideline("recompute", "--date", DAY.toString());
            OwnProcess fold = tideline("maintain");
            BooleanSupplier recomputing = () -> recompute.words().contains("recomputing clicks");
            CompletableFuture<Integer> recomputed = killSomewhere(recompute, recomputing, 21, "batch", "days");
            CompletableFuture<Integer> maintained = killSomewhere(fold, () -> foldedTo() > folded, 32, "speed");
            assertThat(maintained.join()).as(fold.words()).isIn(OwnProcess.SIGKILL, 0);
            assertThat(recomputed.join()) // came second, when the fold overtook it
                    .as(recompute.words())
                    .isIn(OwnProcess.SIGKILL, 0, ExitCode.CAME_SECOND);
            CompletableFuture<Integer> archived =
                    killSomewhere(archive, () -> true, 30, "raw", "rejected", "progress/clicks-archive");
            CompletableFuture<Integer> sped = killSomewhere(speed, () -> true, 32, "speed", "progress/clicks-speed");
            assertThat(archived.join()).as(archive.words()).isEqualTo(OwnProcess.SIGKILL);
            assertThat(sped.join()).as(speed.words()).isEqualTo(OwnProcess.SIGKILL);
            isWhole();
            OwnProcess archiveAgain = tideline("archive", "--once");
            OwnProcess speedAgain = tideline("speed", "--once");
            ends(archiveAgain, 0);
            ends(speedAgain, 0);
            ends(tideline("maintain"), 0);
            isWhole();
            ends(tideline("recompute", "--date", DAY.toString()), 0);
            isWholeAndThenTheTruth();
        }
    }

    @Test
    @Tag("lane-c")
    void ofTwoSpeedDriversOneStops() {
        arrivals.flow(CLICKS_PER_SECOND);
        OwnProcess one = tideline("speed");
        OwnProcess other = tideline("speed");
        await().atMost(MOST).until(() -> !one.isAlive() || !other.isAlive());
        OwnProcess loser = one.isAlive() ? other : one;
        OwnProcess winner = one.isAlive() ? one : other;

        ends(loser, ExitCode.CAME_SECOND);
        assertThat(loser.words()).contains("Cannot go on with clicks speed", ":" + winner.pid(), "stop one of them");
        long seq = speed().progress().seq();
        await().atMost(MOST).until(() -> speed().progress().seq() > seq);
        assertThat(winner.isAlive()).as(winner.words()).isTrue();
        winner.terminate();
        ends(winner, OwnProcess.SIGTERM);
        isWholeAndThenTheTruth();
    }

    @Test
    @Tag("lane-c")
    void twoRecomputesAtOnceBothEndWell() {
        arrivals.flow(CLICKS_PER_SECOND);
        List<OwnProcess> both = List.of(
                tideline("recompute", "--date", DAY.toString()), tideline("recompute", "--date", DAY.toString()));

        assertThat(both.stream().map(each -> each.exitCode(MOST)))
                .as(both.get(0).words() + both.get(1).words())
                .contains(0)
                .isSubsetOf(0, ExitCode.CAME_SECOND);
        isWholeAndThenTheTruth();
    }

    private OwnProcess tideline(String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--feed", "clicks", "--config", config.toString()));
        args.addAll(List.of(more));
        OwnProcess process = OwnProcess.tideline(dir, args.toArray(String[]::new));
        running.add(process);
        return process;
    }

    private static ProgressLedger speed() {
        return lake.progress(clicks, Stream.SPEED);
    }

    private static long foldedTo() {
        return lake.days().day(clicks.name(), DAY).foldedTo();
    }

    /**
     * Kills it once it has written some objects after it gave a sign of work, and a moment later: now and then after its end.
     *
     * @param usual how many objects it writes, or a stream in two micro-batches
     * @param folders of the lake, whose objects count
     * @return its exit code
     */
    private CompletableFuture<Integer> killSomewhere(
            OwnProcess process, BooleanSupplier sign, int usual, String... folders) {
        int objects = random.nextInt(usual + 1);
        int millis = random.nextInt(100);
        return CompletableFuture.supplyAsync(() -> {
            await().atMost(MOST).until(() -> sign.getAsBoolean() || !process.isAlive());
            long before = objects(folders);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(MOST)
                    .until(() -> objects(folders) - before >= objects || !process.isAlive());
            await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
            long written = objects(folders) - before;
            int code = process.kill();
            System.err.printf(
                    "%s: %s, %d objects after its first sign of work%n",
                    process, code == OwnProcess.SIGKILL ? "killed" : "ended with " + code, written);
            return code;
        });
    }

    /** Of the tables that hold the rows of the speed layer. */
    private static long speedCommits() {
        try (var files = Files.find(
                lakeFolder().resolve("speed"), 5, (file, is) -> file.toString().matches(".*/_delta_log/\\d+\\.json"))) {
            return files.count();
        } catch (IOException | UncheckedIOException e) { // a temporary file that went meanwhile
            return 0;
        }
    }

    private static Path lakeFolder() {
        return dir.resolve("s3/buckets").resolve(lake.root().replaceFirst("s3a://", ""));
    }

    private static long objects(String... folders) {
        Path root = lakeFolder();
        return Arrays.stream(folders)
                .mapToLong(folder -> objects(root.resolve(folder).toFile()))
                .sum();
    }

    private static long objects(File folder) {
        String[] names = folder.list();
        return names == null
                ? 0
                : Arrays.stream(names)
                        .mapToLong(name -> name.contains(".") ? 1 : objects(new File(folder, name)))
                        .sum();
    }

    private static void ends(OwnProcess process, int code) {
        int found = process.exitCode(MOST);
        assertThat(found).as(process.words()).isEqualTo(code);
    }

    private void isWholeAndThenTheTruth() {
        arrivals.pause();
        isWhole();
        Whole.comesToTheTruth(lake, clicks, options(), arrivals);
    }

    private static void isWhole() {
        Whole.check(lake, clicks, arrivals);
    }

    private static void catchUp() {
        Whole.catchUp(lake, clicks, options());
    }

    private static StreamOptions options() {
        return StreamOptions.of(kafka, Duration.ofMillis(300));
    }
}
