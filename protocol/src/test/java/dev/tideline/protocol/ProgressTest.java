package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final SourcePartition P0 = new SourcePartition("clicks", "t1", 0);
    private static final SourcePartition P1 = new SourcePartition("clicks", "t1", 1);

    /** The archive takes larger micro-batches, so it is elsewhere when it first names the partition as one it has read before. */
    @Test
    void theArchiveCoversAPartitionThatAppearedWhileBothRunsWentOn() {
        Progress speed = Progress.NONE
                .next("s", cut(0), cut(5))
                .next("s", cut(5), cut(5, 3))
                .next("s", cut(5, 3), cut(5, 9));
        Progress archive = Progress.NONE
                .next("a", cut(0), cut(5))
                .next("a", cut(5), cut(5, 8))
                .next("a", cut(5, 8), cut(5, 9));

        assertThat(archive.contains(speed)).isTrue();
        assertThat(archive.origin()).isEqualTo(cut(0, 0));
    }

    @Test
    void anEmptyPartitionThatTheArchiveHasNotSeenHoldsNothingBack() {
        Progress speed = Progress.NONE.next("s", cut(0, 0), cut(5, 0));

        assertThat(Progress.NONE.next("a", cut(0), cut(5)).contains(speed)).isTrue();
        assertThat(Progress.NONE.next("a", cut(0), cut(5)).contains(speed.next("s", cut(5, 0), cut(5, 1))))
                .isFalse();
    }

    @Test
    void anArchiveThatBeganLaterThanTheSpeedLayerDoesNotCoverIt() {
        Progress speed = Progress.NONE.next("s", cut(0), cut(5));
        Progress archive = Progress.NONE.next("a", cut(2), cut(9));

        assertThat(archive.contains(speed)).isFalse();
    }

    @Test
    void gapsAndOverlapsAndMissingRecordsAreReported() {
        Progress first = Progress.NONE.next("s", cut(0), cut(5));

        assertThat(Progress.breaks(List.of(first, first.next("s", cut(7), cut(9)))))
                .containsExactly("gap: clicks-0 offsets 5 to 6 were not read (seq 2)");
        assertThat(Progress.breaks(List.of(first, first.next("s", cut(3), cut(9)))))
                .containsExactly("overlap: clicks-0 offsets 3 to 4 were read twice (seq 2)");
        assertThat(Progress.breaks(List.of(first, first))).contains("seq 1 follows seq 1");
    }

    @Test
    void aRecordThatEndsBeforeItBeganIsReported() {
        Progress first = Progress.NONE.next("s", cut(0), cut(5));
        Progress back = first.next("s", cut(5), cut(3));

        assertThat(Progress.breaks(List.of(first, back)))
                .containsExactly("backwards: clicks-0 was read from offset 5 to 3 (seq 2)");
    }

    private static Cut cut(long offset) {
        return new Cut(Map.of(P0, offset));
    }

    private static Cut cut(long offset, long other) {
        return new Cut(Map.of(P0, offset, P1, other));
    }

    @Test
    void carriesTheNewestOwnersAndNamesTheRecordsThatCarryThoseBefore() {
        Owners owners = Owners.NONE;
        List<Owners> recorded = new ArrayList<>(List.of(owners));
        for (int seq = 1; seq <= 1300; seq++) {
            owners = owners.then("run-" + seq / 2, seq);
            recorded.add(owners);
        }

        assertThat(owners.spans()).hasSizeLessThanOrEqualTo(Owners.CARRIED);
        assertThat(owners.areWhole()).isFalse();
        List<Owners.Span> all = new ArrayList<>();
        owners.older().forEach(seq -> all.addAll(recorded.get(seq.intValue()).spans()));
        all.addAll(owners.spans());
        Owners whole = new Owners(all);
        for (int seq = 1; seq <= 1300; seq++) {
            assertThat(whole.owns("run-" + seq / 2, seq)).as("seq " + seq).isTrue();
            assertThat(whole.owns("run-" + (seq / 2 + 1), seq)).isFalse();
        }
        assertThat(all).hasSize(651);
    }
}
