package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
