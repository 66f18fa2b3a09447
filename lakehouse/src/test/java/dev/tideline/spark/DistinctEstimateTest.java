package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.hll.Union;
import org.apache.datasketches.memory.Memory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sketches as Spark makes and merges them, in random partitions and merge trees. */
class DistinctEstimateTest {
    private static final long SEED = Long.getLong("tideline.seed", 7);
    private static final int LG_K = 12;

    /** Sizes below, at and above 384, where a sketch stops to be a list of values. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 383, 384, 385, 420, 900, 1500, 5000, 60000})
    void oneSetOfValuesIsOneNumberInWhateverOrderAndGrouping(int values) {
        Random random = new Random(SEED + values);
        Set<Long> composite = new HashSet<>();
        Set<Long> ordered = new HashSet<>();
        for (int tree = 0; tree < 30; tree++) {
            byte[] merged = merged(parts(values, 1 + random.nextInt(30), random), random);
            composite.add(DistinctEstimate.estimate(merged));
            ordered.add(Math.round(HllSketch.wrap(Memory.wrap(merged)).getEstimate()));
        }

        assertThat(composite).as("seed %d, Spark's own: %s", SEED, ordered).hasSize(1);
        assertThat(composite.iterator().next().doubleValue())
                .isBetween(Math.floor(values * 0.95), Math.ceil(values * 1.05));
    }

    /** The relative standard error of lgK = 12 is 1.6 %: 99.7 % of sets are within three of it, and none of these beyond four. */
    @ParameterizedTest
    @CsvSource({"300, 0", "390, 0.04", "420, 0.04", "1500, 0.065", "20000, 0.065"})
    void itIsWithinTheErrorThatIsStated(int values, double error) {
        for (int set = 0; set < 100; set++) {
            HllSketch sketch = new HllSketch(LG_K, TgtHllType.HLL_8);
            for (int i = 0; i < values; i++) {
                sketch.update("set " + set + " value " + i);
            }
            double off = Math.abs(DistinctEstimate.estimate(sketch.toUpdatableByteArray()) - values) / (double) values;
            assertThat(off).as("set %d of %d values", set, values).isLessThanOrEqualTo(error);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 40})
    void whatIsNoSketchIsSaidToBeNone(int bytes) {
        assertThatThrownBy(() -> DistinctEstimate.estimate(new byte[bytes]))
                .hasMessage("Cannot estimate: " + bytes + " bytes are no HLL sketch (the column <measure>_sketch)");
    }

    /** Each value in one part at least, some in several. */
    private static List<byte[]> parts(int values, int count, Random random) {
        List<HllSketch> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(new HllSketch(LG_K, TgtHllType.HLL_8));
        }
        for (long value = 0; value < values; value++) {
            do {
                parts.get(random.nextInt(count)).update(value);
            } while (random.nextInt(4) == 0);
        }
        return new ArrayList<>(
                parts.stream().map(HllSketch::toUpdatableByteArray).toList());
    }

    private static byte[] merged(List<byte[]> parts, Random random) {
        do {
            Union union = new Union(LG_K);
            for (int n = 1 + random.nextInt(4); n > 0 && !parts.isEmpty(); n--) {
                union.update(HllSketch.wrap(Memory.wrap(parts.remove(random.nextInt(parts.size())))));
            }
            parts.add(union.getResult(TgtHllType.HLL_8).toUpdatableByteArray());
        } while (parts.size() > 1);
        return parts.get(0);
    }
}
