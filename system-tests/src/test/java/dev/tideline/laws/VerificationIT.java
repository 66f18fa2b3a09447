package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Verification;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lake is copied while it grows, or loses a file: {@code verify} finds what no longer fits together. */
@Tag("lane-c")
class VerificationIT {
    private static final LocalDate MONDAY = LocalDate.of(2026, 11, 16);
    private static final LocalDate TUESDAY = MONDAY.plusDays(1);
    private static final Instant NOW = Instant.parse("2026-11-19T00:00:00Z");
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, shop STRING, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups:
              sales: { measures: { n: count() } }
              by_shop: { where: "shop <> 'none'", dimensions: [ shop ], measures: { n: count() } }
            """);

    @TempDir
    static Path dir;

    private static final FakeTopic TOPIC = new FakeTopic("sales");
    private static int sent;

    /** {@code early} is the lake before its last two micro-batches, its fold and its second published day. */
    @BeforeAll
    static void aLakeAtTwoMoments() throws IOException {
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("late").toString());
        FeedTables.create(lake, FEED);
        for (int i = 0; i < 2; i++) {
            send(MONDAY, 3);
            readBoth(lake);
        }
        Recompute.run(lake, FEED, MONDAY, NOW);
        FileUtils.copyDirectory(
                dir.resolve("late").toFile(), dir.resolve("early").toFile());
        for (int i = 0; i < 2; i++) {
            send(TUESDAY, 3);
            send(MONDAY, 1);
            readBoth(lake);
        }
        assertThat(new Maintain(lake, FEED).fold(TUESDAY, NOW)).isPresent();
        Recompute.run(lake, FEED, TUESDAY, NOW.plusSeconds(60));
    }

    @Test
    void aWholeLakeIsFineAndOneWithoutAFileIsNot() throws IOException {
        Path copy = copy("late");
        Verification fine = verify(copy, Verification.Scope.ALL);
        assertThat(fine.findings()).isEmpty();
        assertThat(fine.losses()).isEmpty();
        assertThat(List.of(fine.microBatches(), fine.generations())).containsExactly(8L, 2L);
        assertThat(fine.files()).isGreaterThan(30);

        Path lost = first(copy.resolve("batch/by_shop_1h"), ".parquet");
        Files.delete(lost);
        Verification found = verify(copy, Verification.Scope.ALL);
        assertThat(found.findings())
                .singleElement()
                .asString()
                .matches("sales: batch/by_shop_1h/\\w+: 1 of 2 files are"
                        + " lost, the first: event_date=2026-11-1[67]/generation=\\S+/" + lost.getFileName()
                        + " is not there");
    }

    @Test
    void tablesOfAnotherMomentAreFound() throws IOException {
        assertThat(verify(copy("early"), Verification.Scope.ALL).findings()).isEmpty();
        assertThat(mixed("raw"))
                .containsExactly(
                        "sales: raw/sales: seq 3 has 0 events of 4 recorded, seq 4 has 0 events of" + " 4 recorded");
        assertThat(mixed("rejected"))
                .containsExactly("sales: rejected: seq 3 has 0 events of 2 recorded, seq 4 has 0 events of 2 recorded");
        assertThat(mixed("speed"))
                .singleElement()
                .asString()
                .matches("sales: speed/sales/\\w+: up to seq 4 it has 6 events of 14 recorded");
        assertThat(mixed("batch"))
                .hasSize(4)
                .allSatisfy(line -> assertThat(line)
                        .matches("sales: batch/\\w+/\\w+: generation \\S+ of 2026-11-17 has 0 events of 6 published"));
        assertThat(mixed("progress"))
                .contains("sales: 2026-11-17: it was settled at seq 4, and the speed stream's ledger ends at 2"
                        + " (days and progress are of different moments)")
                .contains(
                        "sales: 2026-11-17: its partials were folded up to seq 4, and the speed stream's ledger ends at"
                                + " 2 (days and progress are of different moments)");
        assertThat(mixed("progress/sales-archive"))
                .containsExactly("sales: 2026-11-17: it was settled beyond what the archive's ledger has, which ends at"
                        + " seq 2");
        assertThat(mixed("days"))
                .anySatisfy(
                        line -> assertThat(line)
                                .matches(
                                        "sales: speed/sales/\\w+: seq 3 has 1 events of 4 recorded, seq 4 has 7 events of 4 recorded"));
    }

    @Test
    void aPartOfTheLakeIsLookedAtAlone() throws IOException {
        Path copy = copy("late");
        Path file = first(copy.resolve("raw"), ".parquet");
        Files.write(file, new byte[1]);

        assertThat(verify(copy, new Verification.Scope(Optional.empty(), Set.of(MONDAY)))
                        .findings())
                .singleElement()
                .asString()
                .contains("raw/sales: 1 of ")
                .contains(file.getFileName() + " has 1 bytes of ");
        Verification later = verify(copy("late"), new Verification.Scope(Optional.of(TUESDAY), Set.of()));
        assertThat(later.findings()).isEmpty();
        assertThat(List.of(later.microBatches(), later.generations())).containsExactly(8L, 1L);
    }

    /** What is found in the late lake with {@code table} as it was in the early one. */
    private static List<String> mixed(String table) throws IOException {
        Path copy = copy("late");
        FileUtils.deleteDirectory(copy.resolve(table).toFile());
        FileUtils.copyDirectory(
                dir.resolve("early").resolve(table).toFile(),
                copy.resolve(table).toFile());
        return verify(copy, Verification.Scope.ALL).findings();
    }

    private static Verification verify(Path lake, Verification.Scope scope) {
        List<String> progress = new ArrayList<>();
        return Verification.of(Lake.at(SharedSpark.session(), lake.toString()), FEED, scope, progress::add);
    }

    private static Path copy(String lake) throws IOException {
        Path copy = Files.createTempDirectory(dir, lake).resolve("lake");
        FileUtils.copyDirectory(dir.resolve(lake).toFile(), copy.toFile());
        return copy;
    }

    private static Path first(Path folder, String ending) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(ending))
                    .filter(f -> !f.toString().contains("_delta_log"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void readBoth(Lake lake) {
        TOPIC.drain(lake.spark(), MicroBatch.run(lake, FEED, Stream.SPEED));
        TOPIC.drain(lake.spark(), MicroBatch.run(lake, FEED, Stream.ARCHIVE));
    }

    private static void send(LocalDate day, int count) {
        for (int i = 0; i < count; i++) {
            Instant at = day.atTime(12, i).toInstant(ZoneOffset.UTC);
            String payload = "{\"id\":\"%d\",\"shop\":\"only\",\"at\":\"%s\"}".formatted(sent, at);
            TOPIC.send(sent % 2, at, payload, new Sample(Integer.toString(sent), at, Map.of()));
            sent++;
        }
        TOPIC.send(0, day.atTime(13, 0).toInstant(ZoneOffset.UTC), "no event", new Sample("", NOW, Map.of()));
    }
}
