package dev.tideline.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.spark.TooManyDates;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final StreamOptions OPTIONS =
            StreamOptions.of(Map.of(), Duration.ofSeconds(1)).withMaxBytes(1 << 30);

    @Test
    void aBacklogIsReadInStepsThatGrowUpToTheMost() {
        BatchSize size = BatchSize.growing(OPTIONS);

        assertThat(step(size, 100)).isEqualTo(500_000);
        assertThat(step(size, 100)).isEqualTo(2_000_000);
        assertThat(step(size, 100)).isEqualTo(2_000_000);
    }

    @Test
    void recordsThatTurnLargeMakeTheNextStepFitIntoItsBytes() {
        BatchSize size = BatchSize.of(OPTIONS);

        step(size, 500); // 1 GB of 1.07 GB
        assertThat(size.offsets()).isBetween(1_600_000L, 1_800_000L);
        size.recorded(10_000, 10_000 * 100_000L);
        assertThat(size.offsets()).isBetween(8_000L, 9_000L);
    }

    @Test
    void aFailureHalvesItDownToAFewAndASuccessGrowsItAgain() {
        BatchSize size = BatchSize.of(OPTIONS);

        size.failed();
        assertThat(size.offsets()).isEqualTo(1_000_000);
        for (int i = 0; i < 100; i++) {
            size.failed();
        }
        assertThat(size.offsets()).isEqualTo(1_000);
        size.recorded(10, 1_000);
        assertThat(size.offsets()).describedAs("a small one says nothing").isEqualTo(1_000);
        step(size, 100);
        assertThat(size.offsets()).isEqualTo(4_000);
    }

    @Test
    void aStepTakesTheSamePartOfEachPartitionAndAtLeastOneRecord() {
        BatchSize size = BatchSize.of(OPTIONS.withMaxOffsets(100));
        Cut from = cut(1_000, 0, 7);
        Cut to = cut(2_000, 500, 8);

        Cut next = size.next(from, to);

        assertThat(next).isEqualTo(cut(1_067, 34, 8));
        int steps = 0;
        for (Cut at = from; !at.equals(to); at = size.next(at, to)) {
            assertThat(++steps).isLessThan(20);
        }
        assertThat(size.next(cut(2_000, 490, 8), to)).isEqualTo(to);
    }

    @Test
    void recordsOfTooManyDatesAreReadInStepsOfFewer() {
        BatchSize size = BatchSize.of(OPTIONS);
        Cut from = cut(0, 0);

        size.tooManyDates(from, cut(5_000, 5_000), new TooManyDates(10_000, 200));
        assertThat(size.offsets()).isEqualTo(160);
        size.tooManyDates(from, cut(80, 80), new TooManyDates(201, 200));
        assertThat(size.offsets()).as("half at most").isEqualTo(80);
        assertThat(size.budget(from, cut(40, 40)).dates()).isEqualTo(200);
        for (int i = 0; i < 10; i++) {
            size.tooManyDates(from, cut(1, 1), new TooManyDates(201, 200));
        }
        assertThat(size.offsets()).isEqualTo(1);
        assertThat(size.budget(from, cut(1, 1)).dates()).as("it goes through").isEqualTo(Integer.MAX_VALUE);
    }

    private static long step(BatchSize size, long bytesEach) {
        Cut from = cut(0);
        long read = size.next(from, cut(10_000_000)).since(from);
        size.recorded(read, read * bytesEach);
        return read;
    }

    private static Cut cut(long... offsets) {
        Map<SourcePartition, Long> cut = new java.util.TreeMap<>();
        for (int i = 0; i < offsets.length; i++) {
            cut.put(new SourcePartition("t", "id", i), offsets[i]);
        }
        return new Cut(cut);
    }
}
