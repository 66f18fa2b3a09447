package dev.tideline.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.embedded.ClickRollup.Grain;
import dev.tideline.embedded.ClickRollup.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClickTruthTest {
    private static final long NOON = Instant.parse("2026-11-20T12:00:00Z").toEpochMilli();
    private static final long DAY = 86_400_000;

    @TempDir
    Path dir;

    @Test
    void agreesWithABruteForceReadingOfThePayloads() throws Exception {
        for (long seed = 100; seed < 104; seed++) {
            Clicks clicks = Clicks.seeded(seed)
                    .with(new Clicks.Population(40, 1.05, 7, 5, 3, 60))
                    .with(new Clicks.Traffic(0.2, 0.5))
                    .with(new Clicks.Disorder(0.2, Duration.ofDays(2), 0.15, Duration.ofHours(20), 0.1, 0.05));
            ClickTruth truth = new ClickTruth(seed);
            PayloadReader reader = new PayloadReader();
            long[] offsets = new long[clicks.partitions()];
            ClickGenerator generator = ClickGenerator.of(clicks, Instant.parse("2026-11-18T20:00:00Z"));
            for (int i = 0; i < 20_000; i++) {
                Sent sent = generator.next();
                long offset = offsets[sent.partition()]++;
                truth.add(sent, offset);
                boolean accepted = reader.read(sent, offset);
                assertThat(accepted).as("seed %d: %s", seed, sent).isEqualTo(sent.fate() == Fate.ACCEPTED);
            }
            assertThat(truth.duplicates()).as("seed %d", seed).isEqualTo(reader.duplicates());
            assertThat(truth.accepted()).isEqualTo(truth.counted() + truth.duplicates() + truth.filtered());
            for (ClickRollup rollup : ClickRollup.values()) {
                for (Grain grain : Grain.values()) {
                    List<Row> rows = truth.rows(rollup, grain);
                    List<Row> read = reader.rows(rollup, grain);
                    assertThat(rows).hasSameSizeAs(read).isNotEmpty();
                    assertThat(new HashSet<>(rows))
                            .as("seed %d, %s by %s", seed, rollup, grain)
                            .isEqualTo(new HashSet<>(read));
                }
            }
        }
    }

    @Test
    void choosesTheWinnerByTimestampThenPartitionThenOffset() {
        Click cheap = anyClick().costing(1);
        Click dear = anyClick().costing(1000);
        assertThat(cost(sent(dear, 0, NOON + 1), 0, sent(cheap, 3, NOON), 9)).isEqualTo(1);
        assertThat(cost(sent(dear, 2, NOON), 0, sent(cheap, 1, NOON), 9)).isEqualTo(1);
        assertThat(cost(sent(dear, 1, NOON), 9, sent(cheap, 1, NOON), 8)).isEqualTo(1);
    }

    @Test
    void choosesTheWinnerBeforeItLeavesOutInvalidOnes() {
        ClickTruth truth = new ClickTruth(1);
        truth.add(sent(anyClick(), 0, NOON + 1), 0);
        truth.add(sent(anyClick().judged(false), 0, NOON), 1);
        assertThat(truth.rows(ClickRollup.CLICKS_BY_AD, Grain.MINUTE)).isEmpty();
        assertThat(truth.filtered()).isEqualTo(1);
        assertThat(truth.duplicates()).isEqualTo(1);
        assertThat(truth.counted()).isZero();
    }

    @Test
    void countsAnEventIdOnceForEachDate() {
        ClickTruth truth = new ClickTruth(1);
        truth.add(sent(anyClick(), 0, NOON), 0);
        truth.add(sent(anyClick().at(NOON - DAY), 0, NOON), 1);
        truth.add(sent(anyClick().at(NOON - 1), 0, NOON), 2);
        assertThat(truth.duplicates()).isEqualTo(1);
        assertThat(truth.dates()).containsExactly(LocalDate.parse("2026-11-19"), LocalDate.parse("2026-11-20"));
        ClickTruth day = truth.on(LocalDate.parse("2026-11-20"));
        assertThat(day.accepted()).isEqualTo(2);
        assertThat(day.duplicates()).isEqualTo(1);
        assertThat(day.rows(ClickRollup.CLICKS_BY_SEGMENT, Grain.HOUR))
                .containsExactly(new Row(Instant.parse("2026-11-20T12:00:00Z"), List.of("3", "DE", "mobile"), 1, 1));
    }

    @Test
    void doesNotLetARejectedCopyWin() {
        ClickTruth truth = new ClickTruth(1);
        Click refused = anyClick().costing(-5);
        truth.add(new Sent(0, NOON - 1, new byte[0], new byte[0], refused, Fate.NEGATIVE_COST), 0);
        truth.add(sent(anyClick().costing(7), 0, NOON), 1);
        assertThat(truth.rows(ClickRollup.CLICKS_BY_AD, Grain.MINUTE))
                .containsExactly(new Row(Instant.ofEpochMilli(NOON), List.of("12", "3"), 1, 7));
        assertThat(truth.rejected()).containsOnlyKeys(Fate.NEGATIVE_COST);
        assertThat(truth.duplicates()).isZero();
    }

    @Test
    void isTheSameAfterItWasSavedAndLoaded() throws Exception {
        Clicks clicks = Clicks.seeded(42).with(new Clicks.Traffic(0.1, 0));
        ClickTruth truth = new ClickTruth(42);
        ClickGenerator.of(clicks, Instant.ofEpochMilli(NOON)).stream(10_000).forEach(sent -> truth.add(sent, 1));
        Path file = dir.resolve("truth.csv");
        TruthFile.save(truth, file);
        ClickTruth loaded = TruthFile.load(file);
        assertThat(loaded.seed()).isEqualTo(42);
        assertThat(loaded.sent()).isEqualTo(10_000);
        assertThat(loaded.rejected()).isEqualTo(truth.rejected());
        assertThat(loaded.acceptedByDate()).isEqualTo(truth.acceptedByDate()).hasSizeGreaterThan(1);
        assertThat(new HashSet<>(loaded.winners())).isEqualTo(new HashSet<>(truth.winners()));
    }

    @Test
    void saysWhichFileIsNoTruth() throws Exception {
        Path file = Files.writeString(dir.resolve("other.csv"), "a,b\n1,2\n");
        assertThatThrownBy(() -> TruthFile.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Cannot load the truth from " + file);
    }

    private static long cost(Sent one, long oneOffset, Sent other, long otherOffset) {
        ClickTruth truth = new ClickTruth(1);
        truth.add(one, oneOffset);
        truth.add(other, otherOffset);
        ClickTruth reversed = new ClickTruth(1);
        reversed.add(other, otherOffset);
        reversed.add(one, oneOffset);
        List<Row> rows = truth.rows(ClickRollup.CLICKS_BY_AD, Grain.MINUTE);
        assertThat(reversed.rows(ClickRollup.CLICKS_BY_AD, Grain.MINUTE)).isEqualTo(rows);
        assertThat(rows).hasSize(1);
        return rows.get(0).value();
    }

    private static Click anyClick() {
        return new Click(1, NOON, 12, 3, 77, "DE", "mobile", 500, true);
    }

    private static Sent sent(Click click, int partition, long kafkaMs) {
        return new Sent(partition, kafkaMs, new byte[0], new byte[0], click, Fate.ACCEPTED);
    }
}
