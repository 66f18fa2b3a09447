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
import dev.tideline.ledger.Stream;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.serving.Views;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process that does everything runs out of disk or of file handles, again and again, and has enough of them again: it goes on, or
 * ends with 1 and goes on when it is started again, and what readers see is right all the time. Each 3 times, {@code
 * -Dtideline.long=true} 50, or {@code -Dtideline.faults=N}; {@code -Dtideline.seed=N} draws the same again.
 */
@EnabledIfSystemProperty(named = "tideline.long", matches = "true")
@Tag("lane-c")
class ShortagesIT {
    private static final int TIMES =
            Integer.getInteger("tideline.faults", Boolean.getBoolean("tideline.long") ? 50 : 3);
    private static final long SEED = Long.getLong("tideline.seed", System.nanoTime() % 1_000_000);
    private static final Duration MOST = Duration.ofMinutes(3);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final int ENOUGH = 4_096;
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(3);
    private static final Feed CLICKS = Feeds.of(Optional.empty()).named("clicks");
    private static final Pattern SIGNS = Pattern.compile("No space left|Too many open files");

    @TempDir
    Path dir;

    private final Random random = new Random(SEED);

    /** What there is too little of. */
    enum Shortage {
        /** Room for a lake in a folder. */
        LAKE_DISK,
        /** Room for Spark's blocks and shuffles, checkpoints, and what S3 is sent. */
        LOCAL_DISK,
        /** File handles. */
        HANDLES
    }

    @ParameterizedTest
    @EnumSource
    void theLakeIsWholeWhateverRunsShort(Shortage shortage) throws Exception {
        System.err.println(shortage + ": -Dtideline.seed=" + SEED);
        if (shortage == Shortage.HANDLES) {
            assumeThat(Path.of("/proc/self/fd")).exists();
        } else {
            SmallDisk.assumeThere();
        }
        try (LocalStack stack = LocalStack.withOwnBucket(dir)) {
            play(shortage, stack);
        } catch (AssertionError e) {
            throw new AssertionError("-Dtideline.seed=" + SEED, e);
        }
    }

    private void play(Shortage shortage, LocalStack stack) throws Exception {
        Path room = Files.createDirectory(dir.resolve("room"));
        Path temporary = shortage == Shortage.LOCAL_DISK ? room : dir;
        Map<String, String> settings = new HashMap<>(Map.of(
                "spark.sql.shuffle.partitions",
                "2",
                "spark.local.dir",
                temporary.toString(),
                "spark.hadoop.fs.s3a.fast.upload.buffer",
                "disk",
                "spark.hadoop.fs.s3a.buffer.dir",
                temporary.resolve("s3a").toString()));
        if (shortage != Shortage.LOCAL_DISK) {
            settings.put("lake", room.resolve("lake").toString());
        }
        Path config = stack.write(settings);
        Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
        try (SmallDisk disk = shortage == Shortage.HANDLES ? null : SmallDisk.at(room);
                Session session = Command.SESSIONS.open(read);
                Arrivals arrivals = arrivals(stack)) {
            Lake lake = session.lake();
            StreamOptions options = begin(lake, arrivals, read);
            Driver driver = new Driver(temporary, config);
            int met = 0;
            try {
                for (int i = 0; i < TIMES; i++) {
                    met += runsShort(disk, driver, lake) ? 1 : 0;
                }
            } finally {
                driver.close();
            }
            arrivals.pause();
            System.err.println(shortage + ": " + met + " of " + TIMES + " were met, " + driver.ended + " ended it");
            assertThat(met).isGreaterThanOrEqualTo(TIMES / 2);
            Whole.check(lake, CLICKS, arrivals);
            verifies(config);
            Whole.comesToTheTruth(lake, CLICKS, options, arrivals);
            verifies(config);
        }
    }

    /** All that a real stream and a real recompute have is on one disk. */
    @Test
    void streamsGoOnByThemselvesOnceTheDiskHasRoom() throws Exception {
        SmallDisk.assumeThere();
        Path room = Files.createDirectory(dir.resolve("room"));
        try (LocalStack stack = LocalStack.withOwnBucket(dir)) {
            Path config = stack.write(Map.of(
                    "lake", room.resolve("lake").toString(),
                    "spark.local.dir", room.toString(),
                    "spark.sql.shuffle.partitions", "2",
                    "trigger.archive", "1s",
                    "trigger.speed", "1s"));
            Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
            try (SmallDisk disk = SmallDisk.at(room);
                    Session session = Command.SESSIONS.open(read);
                    Arrivals arrivals = arrivals(stack)) {
                StreamOptions options = begin(session.lake(), arrivals, read);
                fillUnderStreams(disk, session.lake(), config);
                arrivals.pause();
                Whole.check(session.lake(), CLICKS, arrivals);
                Whole.comesToTheTruth(session.lake(), CLICKS, options, arrivals);
            }
        }
    }

    private void fillUnderStreams(SmallDisk disk, Lake lake, Path config) throws IOException {
        Path room = disk.folder();
        try (OwnProcess archive = tideline(room, config, "archive");
                OwnProcess speed = tideline(room, config, "speed")) {
            recordMore(lake, () -> archive);
            disk.fill(0);
            for (OwnProcess stream : List.of(archive, speed)) {
                await().atMost(MOST).until(() -> stream.words().contains("its run ended") || !stream.isAlive());
                assertThat(stream.isAlive()).as(stream.words()).isTrue();
            }
            try (OwnProcess recompute = tideline(room, config, "recompute", "--date", DAY.toString())) {
                int code = recompute.exitCode(MOST);
                assertThat(code).as(recompute.words()).isEqualTo(ExitCode.FAILED);
                assertThat(recompute.words().lines())
                        .anyMatch(line -> line.startsWith("tideline: ") && line.contains("No space left on device"));
            }
            disk.empty();
            recordMore(lake, () -> archive);
            try (OwnProcess recompute = tideline(room, config, "recompute", "--date", DAY.toString())) {
                int code = recompute.exitCode(MOST);
                assertThat(code).as(recompute.words()).isZero();
            }
            for (OwnProcess stream : List.of(archive, speed)) {
                stream.terminate();
                int code = stream.exitCode(MOST);
                assertThat(code).as(stream.words()).isEqualTo(OwnProcess.SIGTERM);
            }
        }
    }

    private OwnProcess tideline(Path temporary, Path config, String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--feed", "clicks", "--config", config.toString()));
        args.addAll(List.of(more));
        return OwnProcess.tideline(dir, temporary, "", Map.of(), args.toArray(String[]::new));
    }

    /** Some clicks, read by both streams, and more that come from now on. */
    private static StreamOptions begin(Lake lake, Arrivals arrivals, Config read) {
        StreamOptions options = StreamOptions.of(read.requireKafka(), Duration.ofMillis(300));
        arrivals.send(200);
        Whole.catchUp(lake, CLICKS, options);
        arrivals.flow(20);
        return options;
    }

    private static Arrivals arrivals(LocalStack stack) {
        stack.createTopics(Feeds.of(Optional.empty()));
        Clicks some = Clicks.seeded(SEED)
                .with(new Clicks.Traffic(1, 0.5))
                .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
        return new Arrivals(
                ClickGenerator.of(some, DAY.atTime(LocalTime.of(6, 0)).toInstant(ZoneOffset.UTC)),
                stack.kafka().bootstrapServers(),
                CLICKS.topic());
    }

    /** Once, and then there is enough again; whether the driver said so. */
    private boolean runsShort(SmallDisk disk, Driver driver, Lake lake) throws Exception {
        OwnProcess process = driver.process();
        long before = signs(process);
        if (disk == null) {
            limitHandles(process, handles(process) + 3 - random.nextInt(8));
        } else {
            disk.fill(random.nextInt(3) == 0 ? 0 : random.nextInt(30));
        }
        long until = System.nanoTime() + LONGEST.toNanos();
        while (signs(process) == before && process.isAlive() && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        Thread.sleep(random.nextInt(1_000));
        reads(lake);
        boolean met = signs(process) > before;
        if (disk == null) {
            limitHandles(process, ENOUGH);
        } else {
            disk.empty();
        }
        recordMore(lake, driver::process);
        return met;
    }

    /** Both streams, while the process is asked after. */
    private static void recordMore(Lake lake, Supplier<OwnProcess> process) {
        Map<Stream, Long> recorded = new TreeMap<>();
        for (Stream stream : Stream.values()) {
            recorded.put(stream, seq(lake, stream));
        }
        await().atMost(MOST)
                .until(() -> process.get().isAlive()
                        && recorded.entrySet().stream().allMatch(e -> seq(lake, e.getKey()) > e.getValue()));
    }

    private static long seq(Lake lake, Stream stream) {
        return lake.progress(CLICKS, stream).progress().seq();
    }

    /** All views of one query are of one moment. */
    private static void reads(Lake lake) {
        Views.register(lake.spark(), lake.root());
        List<Row> rows = lake.spark().sql("""
                        SELECT sum(clicks) FROM clicks_by_ad_1m UNION ALL SELECT sum(clicks) FROM clicks_by_ad_country_1h
                        UNION ALL SELECT sum(clicks) FROM clicks_by_segment_1m""").collectAsList();
        assertThat(rows).as("of one moment").containsOnly(rows.get(0));
    }

    private static void verifies(Path config) {
        Command verified = Command.run("verify", "--config", config.toString());
        assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
    }

    private static long signs(OwnProcess process) {
        return SIGNS.matcher(process.words()).results().count();
    }

    private static int handles(OwnProcess process) {
        String[] open =
                Path.of("/proc", Long.toString(process.pid()), "fd").toFile().list();
        return open == null ? ENOUGH : open.length;
    }

    private static void limitHandles(OwnProcess process, int most) throws Exception {
        new ProcessBuilder("prlimit", "--pid", Long.toString(process.pid()), "--nofile=" + most + ":")
                .start()
                .waitFor();
    }

    /** What does everything, begun again when it has ended with 1. */
    private final class Driver implements AutoCloseable {
        private final Path temporary;
        private final Path config;
        private OwnProcess process;
        private int ended;

        Driver(Path temporary, Path config) {
            this.temporary = temporary;
            this.config = config;
            start();
        }

        private void start() {
            process = OwnProcess.of(dir, temporary, RivalDriver.class, config.toString(), DAY.toString());
            await().atMost(MOST).until(() -> process.words().contains("works") || !process.isAlive());
        }

        OwnProcess process() {
            if (!process.isAlive()) {
                assertThat(process.exitCode(MOST)).as(process.words()).isEqualTo(ExitCode.FAILED);
                ended++;
                process.close();
                start();
            }
            return process;
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
