package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OffsetsTest {
    @Test
    void areTheMapThatTheyAreMadeOf() {
        Random random = new Random(1);
        for (int partitions : List.of(0, 1, 63, 64, 65, 1000, 5000)) {
            Map<SourcePartition, Long> map = new TreeMap<>();
            for (int i = 0; map.size() < partitions; i++) {
                if (random.nextInt(5) > 0) {
                    map.put(new SourcePartition("t" + i / 3000, "id" + i % 3, i), random.nextLong(1L << 50));
                }
            }
            check(map);
        }
    }

    @Test
    void areSoOfTopicsWithoutAGapToo() {
        Map<SourcePartition, Long> map = new TreeMap<>();
        for (int i = 0; i < 5000; i++) {
            map.put(new SourcePartition("t", "id" + i / 1000, i % 1000), (long) i + 1);
        }
        check(map);
        assertThat(new Cut(map).offsets().get(new SourcePartition("t", "id0", 1000)))
                .isNull();
        assertThat(new Cut(map).offsets().get(new SourcePartition("t", "id0", -1)))
                .isNull();
    }

    @Test
    void areSoWhateverTheNumbersOfPartitions() {
        Map<SourcePartition, Long> map = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            map.put(new SourcePartition("t", "id", i * 1000), (long) i + 1);
        }
        check(map);
        map.put(new SourcePartition("t", "id", Integer.MAX_VALUE), 1L);
        map.put(new SourcePartition("t", "id", -1), 1L);
        map.put(new SourcePartition("t", "id2", 0), Long.MIN_VALUE);
        check(map);
    }

    /** Topic ids of which nothing changed are passed over: what is left says the same. */
    @Test
    void sayOfManyPartitionsWhatEachSays() {
        Random random = new Random(2);
        int broken = 0;
        int behind = 0;
        for (int round = 0; round < 200; round++) {
            Map<SourcePartition, Long> before = new TreeMap<>();
            for (int i = 0; i < 120; i++) {
                before.put(new SourcePartition("t", "id" + i / 30, i % 30), 100L);
            }
            Map<SourcePartition, Long> from = changed(before, random);
            Map<SourcePartition, Long> cut = changed(from, random);
            Progress first = Progress.NONE.next("run", Cut.NOTHING, new Cut(before));
            Progress second = new Progress(
                    2,
                    "run",
                    new Cut(from),
                    new Cut(cut),
                    new Cut(changed(first.origin().offsets(), random)),
                    Owners.NONE);
            Set<SourcePartition> all = new TreeSet<>(cut.keySet());
            all.addAll(before.keySet());
            List<String> each = all.stream()
                    .flatMap(one -> Progress.breaks(List.of(only(first, one), only(second, one))).stream())
                    .toList();

            assertThat(Progress.breaks(List.of(first, second)))
                    .as("round %d", round)
                    .containsExactlyInAnyOrderElementsOf(each);
            assertThat(second.cut().reaches(first.cut()))
                    .isEqualTo(all.stream()
                            .allMatch(one -> only(second, one)
                                    .cut()
                                    .reaches(only(first, one).cut())));
            assertThat(second.contains(first))
                    .isEqualTo(all.stream().allMatch(one -> only(second, one).contains(only(first, one))));
            broken += each.isEmpty() ? 0 : 1;
            behind += second.contains(first) ? 0 : 1;
        }
        assertThat(List.of(broken, behind)).allMatch(rounds -> rounds > 20 && rounds < 180);
    }

    /** Now and then with an offset that is earlier or later, a partition more or a partition less. */
    private static Map<SourcePartition, Long> changed(Map<SourcePartition, Long> offsets, Random random) {
        Map<SourcePartition, Long> changed = new TreeMap<>(offsets);
        for (int i = random.nextInt(3); i > 0; i--) {
            SourcePartition one = new SourcePartition("t", "id" + random.nextInt(5), random.nextInt(32));
            int change = random.nextInt(8);
            if (change == 0) {
                changed.remove(one);
            } else {
                changed.merge(one, 10L, (offset, more) -> offset + (change == 1 ? -more : more));
            }
        }
        return changed;
    }

    private static Progress only(Progress progress, SourcePartition one) {
        return new Progress(
                progress.seq(),
                progress.run(),
                only(progress.from(), one),
                only(progress.cut(), one),
                only(progress.origin(), one),
                progress.owners());
    }

    private static Cut only(Cut cut, SourcePartition one) {
        Map<SourcePartition, Long> only = new TreeMap<>(cut.offsets());
        only.keySet().retainAll(Set.of(one));
        return new Cut(only);
    }

    private static void check(Map<SourcePartition, Long> map) {
        Cut cut = new Cut(map);
        assertThat(cut.offsets()).isEqualTo(map).hasSameHashCodeAs(map);
        assertThat(map).isEqualTo(cut.offsets());
        assertThat(new ArrayList<>(cut.offsets().keySet())).isEqualTo(new ArrayList<>(map.keySet()));
        map.forEach(
                (partition, offset) -> assertThat(cut.covers(partition, offset - 1) && !cut.covers(partition, offset))
                        .isEqualTo(offset > Long.MIN_VALUE));
        assertThat(cut.covers(new SourcePartition("t0", "id0", 1_000_000), 0)).isFalse();
        assertThat(cut.covers(new SourcePartition("other", "id0", 1), 0)).isFalse();
        assertThat(new Cut(cut.offsets()).offsets()).isEqualTo(map);
        Cut.Builder backwards = new Cut.Builder();
        new TreeMap<>(map)
                .descendingMap()
                .forEach((of, offset) -> backwards.put(of.topic(), of.topicId(), of.partition(), offset));
        assertThat(backwards.build()).isEqualTo(cut);
    }
}
