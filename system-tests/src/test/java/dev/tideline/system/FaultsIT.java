package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.SharedSpark;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.output.ExitCode;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What can be wrong around the command: one clear line, an exit code that tells, and a lake as it was. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // those that harm the topic come last
@Tag("lane-b")
class FaultsIT {
    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static Map<String, Long> before = Map.of();

    @BeforeAll
    static void streamSomeClicks() {
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        kafka.createTopic("ad-clicks", 1);
        send(1);
        assertThat(on("archive", "--feed", "clicks", "--once").code()).isZero();
        assertThat(on("speed", "--feed", "clicks", "--once").code()).isZero();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    @Order(1)
    void noTopic() {
        refused(on("archive", "--feed", "metrics"), "has no such topic (create it");
    }

    @Test
    @Order(1)
    void noBucketAndWrongCredentialsAndNoStore() {
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir.resolve("s3"))) {
            List<String> settings = new ArrayList<>(List.of("query", "SELECT 1"));
            s3.hadoopSettings()
                    .forEach((key, value) -> settings.addAll(List.of("--set", "spark.hadoop." + key + "=" + value)));
            settings.addAll(List.of("--set", "lake=s3a://nowhere/lake"));
            refused(run(settings), "Cannot use the lake s3a://nowhere/lake: there is no such bucket");

            s3.createBucket("nowhere");
            settings.addAll(List.of("--set", "spark.hadoop.fs.s3a.secret.key=wrong-s3cret"));
            Command denied = run(settings);
            refused(denied, "Cannot use the lake s3a://nowhere/lake: access denied", "are the credentials right");
            assertThat(denied.err()).doesNotContain("wrong-s3cret", s3.secretKey());

            settings.addAll(List.of("--set", "spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:9"));
            refused(run(settings), "Cannot use the lake s3a://nowhere/lake", "is spark.hadoop.fs.s3a.endpoint right");
        }
    }

    @Test
    @Order(1)
    void noLakeYet() {
        Path empty = dir.resolve("empty");
        refused(run(List.of("query", "SELECT 1", "--set", "lake=" + empty)), "there is none yet");
        assertThat(empty).doesNotExist();
    }

    @Test
    @Order(1)
    void aDayWithoutData() {
        refused(
                on("recompute", "--feed", "clicks", "--date", "2020-01-01"),
                "Cannot recompute clicks of 2020-01-01: it has no raw rows",
                "days with data: ");
    }

    @Test
    @Order(1)
    void aGenerationThatDoesNotExistAndADayThatIsNotHeld() {
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        refused(
                on("rollback", "--feed", "clicks", "--date", today, "--generation", "nope"),
                "Cannot roll clicks of " + today + " back to nope: there is no generation nope");
        refused(
                on("rollback", "--feed", "clicks", "--date", today, "--release"),
                "Cannot release clicks of " + today + ": it is not held");
    }

    @Test
    @Order(1)
    void aColumnOrViewThatDoesNotExist() {
        refused(on("query", "SELECT nix FROM clicks_by_ad_1m"), "Cannot run the query", "nix");
        refused(on("query", "SELECT * FROM clicks_by_nix"), "clicks_by_nix", "there are clicks_by_ad_1m");
    }

    @Test
    @Order(2)
    void aSecondDriverIsStoppedAndNamed() {
        CompletableFuture<Command> first =
                CompletableFuture.supplyAsync(() -> on("speed", "--feed", "clicks", "--set", "trigger.speed=500ms"));
        Lake lake = lake();
        Feed clicks = Feeds.of(Optional.empty()).named("clicks");
        ProgressLedger ledger = lake.progress(clicks, Stream.SPEED);
        long seq = ledger.progress().seq();
        await().atMost(Duration.ofMinutes(2)).until(() -> {
            send(2);
            return ledger.progress().seq() > seq;
        });
        assertThat(ledger.append(elsewhere(ledger.last().orElseThrow()))).isTrue();
        await().atMost(Duration.ofMinutes(2)).until(() -> {
            send(3);
            return first.isDone();
        });

        assertThat(first.join().err())
                .contains("Cannot go on with clicks speed: elsewhere:1 recorded seq")
                .contains("stop one of them")
                .doesNotContain("\tat ");
        assertThat(first.join().code()).isEqualTo(ExitCode.CAME_SECOND);
    }

    @Test
    @Order(3)
    void offsetsThatKafkaNoLongerHas() throws Exception {
        assertThat(on("archive", "--feed", "clicks", "--once").code()).isZero();
        send(4);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(new TopicPartition("ad-clicks", 0), RecordsToDelete.beforeOffset(-1)))
                    .all()
                    .get();
        }
        refused(
                on("archive", "--feed", "clicks", "--once"),
                "Cannot go on reading topic ad-clicks: Kafka no longer has ad-clicks-0 offsets",
                "--accept-loss");
        assertThat(on("archive", "--feed", "clicks", "--once", "--accept-loss").code())
                .isZero();
        assertThat(on("status", "--feed", "clicks").out()).contains("gap: ad-clicks-0 offsets");
    }

    @Test
    @Order(4)
    void aTopicThatWasDeletedAndMadeAgain() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteTopics(List.of("ad-clicks")).all().get();
            await().until(() -> !admin.listTopics().names().get().contains("ad-clicks"));
        }
        kafka.createTopic("ad-clicks", 1);
        refused(
                on("archive", "--feed", "clicks", "--once"),
                "Cannot go on reading topic ad-clicks: it was deleted and made again",
                "--new-topic");
        assertThat(on("archive", "--feed", "clicks", "--once", "--new-topic").code())
                .isZero();
    }

    private static Lake lake() {
        return Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
    }

    private static ProgressRecord elsewhere(ProgressRecord last) {
        Progress progress = last.progress();
        return new ProgressRecord(
                progress.next("other", progress.cut(), progress.cut()),
                Map.of(),
                last.policy(),
                last.rollups(),
                last.introduced(),
                last.touched(),
                "elsewhere:1",
                Instant.now(),
                Instant.now());
    }

    private static void send(long seed) {
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), "ad-clicks")) {
            sender.send(
                    ClickGenerator.of(Clicks.seeded(seed).onPartitions(1), Instant.now()),
                    200,
                    Pace.flatOut(),
                    ClickSender.Receipt.NONE);
        }
    }

    private static Command on(String... args) {
        before = files();
        return Command.on(dir.resolve("lake"), kafka, args);
    }

    private static Command run(List<String> args) {
        before = files();
        return Command.run(args.toArray(String[]::new));
    }

    private static boolean isOutage(Command command) {
        return command.err().contains("Cannot reach") || command.err().contains("endpoint right, does it answer");
    }

    private static void refused(Command command, String... says) {
        assertThat(command.err()).contains(says).doesNotContain("\tat ");
        assertThat(command.code())
                .as(command.err())
                .isEqualTo(isOutage(command) ? ExitCode.UNREACHABLE : ExitCode.CANNOT);
        assertThat(command.out()).isEmpty();
        assertThat(files()).as("nothing is written").isEqualTo(before);
    }

    /** Sizes of the lake's files, by name. */
    private static Map<String, Long> files() {
        Map<String, Long> files = new TreeMap<>();
        if (!Files.exists(dir.resolve("lake"))) {
            return files;
        }
        try (var all = Files.walk(dir.resolve("lake"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.toString(), Files.size(file));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return files;
    }
}
