package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoliciesTest {
    private static final SourcePartition OF_BEFORE = new SourcePartition("clicks", "t0", 0);

    /** Steps: "new" from 5, 3 on, "newest" from 7, 3 on. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // read | planned | by which policy | where the micro-batch ends
                "0 0   | 9 9   | old    | 5 3",
                "0 0   | 4 2   | old    | 4 2", // before it
                "5 0   | 9 9   | old    | 5 3", // one partition waits for the other
                "5 3   | 9 9   | new    | 7 3",
                "6 3   | 6 9   | new    | 6 3",
                "7 3   | 9 9   | newest | 9 9",
                "8 8   | 9 9   | newest | 9 9",
                "6 0   | 9 9   | old    | 6 3", // offsets were lost: beyond the cut already
                "0 0   | 9 9 9 | old    | 5 3 0", // a partition that came since: by the newest, from its first offset
                // on
                "0 0 4 | 9 9 9 | old    | 5 3 4",
                "7 3   | 9 9 9 | newest | 9 9 9",
            })
    void noMicroBatchSpansACut(String read, String planned, String policy, String end) {
        Policies policies = new Policies(
                "old", List.of(new Policies.Step(1, "new", cut("5 3")), new Policies.Step(2, "newest", cut("7 3"))));

        assertThat(policies.at(cut(read))).isEqualTo(policy);
        assertThat(policies.limit(cut(read), cut(planned))).isEqualTo(cut(end));
    }

    @Test
    void ofATopicThatWasMadeAgainOnlyTheNewOffsetsCount() {
        Policies policies = new Policies("old", List.of(new Policies.Step(1, "new", new Cut(Map.of(OF_BEFORE, 7L)))));

        assertThat(policies.at(cut("0 0"))).isEqualTo("old");
        assertThat(policies.of("clicks", "t1").at(cut("0 0"))).isEqualTo("new");
        assertThat(policies.of("clicks", "t0").at(cut("0 0"))).isEqualTo("old");
    }

    @Test
    void theGreaterOfBothCutsCountsAndOnlyOnceBothLedgersSayIt() {
        PolicyChange change = new PolicyChange(1, "old", "new", "speed", cut("5 1"));
        PolicyChanges said = new PolicyChanges(side("5 1", change), side("2 3"));

        assertThat(said.policies("old").steps()).isEmpty();
        assertThat(said.toRepeat()).contains(new PolicyChange(1, "old", "new", "speed", cut("2 3")));
        PolicyChanges repeated = new PolicyChanges(side("5 1", change), side("2 3", change.at(cut("2 3"))));
        assertThat(repeated.toRepeat()).isEmpty();
        assertThat(repeated.policies("old").steps()).containsExactly(new Policies.Step(1, "new", cut("5 3")));
    }

    @Test
    void aStreamThatStartsWithAnotherFileAnnouncesItUnlessTheOtherJustLeftThatOne() {
        PolicyChanges before = new PolicyChanges(side("5 1"), side("2 3"));
        assertThat(before.toAnnounce("speed", "old")).isEmpty();
        assertThat(before.toAnnounce("speed", "new")).contains(new PolicyChange(1, "old", "new", "speed", cut("5 1")));
        assertThat(new PolicyChanges(Optional.empty(), Optional.empty()).toAnnounce("speed", "new"))
                .isEmpty();
        assertThat(new PolicyChanges(Optional.empty(), side("2 3")).toAnnounce("archive", "new"))
                .contains(new PolicyChange(1, "old", "new", "archive", Cut.NOTHING));

        PolicyChange change = new PolicyChange(1, "old", "new", "speed", cut("5 1"));
        PolicyChanges after = new PolicyChanges(side("5 1", change), side("2 3", change.at(cut("2 3"))));
        assertThat(after.toAnnounce("archive", "new")).isEmpty();
        assertThat(after.isOlder("archive", "old")).isTrue();
        assertThat(after.toAnnounce("archive", "old")).as("it was not told yet").isEmpty();
        assertThat(after.toAnnounce("speed", "old"))
                .as("the stream that brought it goes back")
                .contains(new PolicyChange(2, "new", "old", "speed", cut("5 1")));
        assertThat(after.toAnnounce("archive", "third"))
                .contains(new PolicyChange(2, "new", "third", "archive", cut("5 1")));
    }

    @Test
    void whatBothStreamsArePastIsForgottenButForTheNewest() {
        PolicyChange first = new PolicyChange(1, "old", "new", "speed", cut("5 1"));
        PolicyChange second = new PolicyChange(2, "new", "newest", "speed", cut("6 6"));
        Optional<PolicyChanges.Side> speed = by("new", "6 5", first.at(cut("2 3")), second.at(cut("6 5")));

        assertThat(new PolicyChanges(by("new", "5 3", first, second), speed).carried(speed))
                .containsExactly(second.at(cut("6 5")));
        Optional<PolicyChanges.Side> there = side("6 6", first.at(cut("2 3")), second.at(cut("6 5")));
        assertThat(new PolicyChanges(side("6 6", first, second), there).carried(there))
                .as("its last micro-batch was decoded by the old one")
                .containsExactly(first.at(cut("2 3")), second.at(cut("6 5")));
        Optional<PolicyChanges.Side> past = by("newest", "6 6", first.at(cut("2 3")), second.at(cut("6 5")));
        assertThat(new PolicyChanges(by("newest", "6 6", first, second), past).carried(past))
                .containsExactly(second.at(Cut.NOTHING));
        Optional<PolicyChanges.Side> behind = side("3 3", first.at(cut("2 3")));
        assertThat(new PolicyChanges(side("6 6", first), behind).carried(behind))
                .containsExactly(first.at(cut("2 3")));
    }

    @Test
    void whatTwoStreamsDecodedByTwoPoliciesIsFoundWhateverTheirMicroBatches() {
        DecodedRanges archive = ranges("0 0|2 1|old", "2 1|5 3|old", "5 3|9 9|new");
        assertThat(archive.differences(ranges("0 0|5 3|old", "5 3|6 3|new", "6 3|8 8|new")))
                .isEmpty();
        assertThat(ranges("5 3|9 9|new", "2 1|5 3|old", "0 0|2 1|old").differences(archive))
                .isEmpty();
        assertThat(archive.differences(ranges("0 0|6 2|old", "6 2|9 4|new")))
                .containsExactly(
                        "clicks-0 offsets 5 to 5 were decoded by policy new and by old",
                        "clicks-1 offsets 2 to 2 were decoded by policy old and by new");
    }

    private static DecodedRanges ranges(String... records) {
        DecodedRanges ranges = new DecodedRanges();
        for (String record : records) {
            List<String> parts = List.of(record.split("\\|"));
            ranges.add(Progress.NONE.next("run", cut(parts.get(0)), cut(parts.get(1))), parts.get(2));
        }
        return ranges;
    }

    private static Optional<PolicyChanges.Side> side(String cut, PolicyChange... changes) {
        return by("old", cut, changes);
    }

    private static Optional<PolicyChanges.Side> by(String policy, String cut, PolicyChange... changes) {
        return Optional.of(new PolicyChanges.Side(policy, cut(cut), List.of(changes)));
    }

    private static Cut cut(String offsets) {
        Map<SourcePartition, Long> cut = new TreeMap<>();
        for (String offset : List.of(offsets.strip().split(" "))) {
            cut.put(new SourcePartition("clicks", "t1", cut.size()), Long.parseLong(offset));
        }
        return new Cut(cut);
    }
}
