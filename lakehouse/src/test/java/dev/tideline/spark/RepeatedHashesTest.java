package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("lane-b")
class RepeatedHashesTest {
    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void findsWhatAGroupingByThemFinds(int partitions) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        // More than a chunk of 4,096 for each part; both signs; some three times, some never.
        Long[] hashes = IntStream.range(0, 60_000)
                .mapToObj(i -> random.nextInt(50) == 0
                        ? null
                        : random.nextInt(4) == 0 ? random.nextInt(20_000) * -7_777_777_777_777L : random.nextLong())
                .toArray(Long[]::new);
        Map<Long, Integer> counts = new TreeMap<>();
        long nulls = 0;
        for (Long hash : hashes) {
            if (hash == null) {
                nulls++;
            } else {
                counts.merge(hash, 1, Integer::sum);
            }
        }
        Long[] expected = counts.entrySet().stream()
                .filter(e -> e.getValue() > 1)
                .map(Map.Entry::getKey)
                .toArray(Long[]::new);
        Dataset<Row> frame = frame(partitions, hashes);

        RepeatedHashes.Tally tally = RepeatedHashes.tally(frame);

        assertThat(tally.rows()).isEqualTo(hashes.length);
        assertThat(tally.nulls()).isEqualTo(nulls);
        assertThat(tally.repeated()).as("seed %d", seed).containsExactlyInAnyOrder(expected);
        assertThat(RepeatedHashes.repeated(frame).collectAsList())
                .as("seed %d", seed)
                .extracting(row -> row.getLong(0))
                .containsExactlyInAnyOrder(expected);
    }

    @Test
    void ofNothingThereIsNothing() {
        assertThat(RepeatedHashes.tally(frame(1))).isEqualTo(new RepeatedHashes.Tally(0, 0, java.util.List.of()));
        assertThat(RepeatedHashes.repeated(frame(1)).collectAsList()).isEmpty();
    }

    private static Dataset<Row> frame(int partitions, Long... hashes) {
        return spark.createDataFrame(
                        java.util.Arrays.stream(hashes)
                                .map(h -> RowFactory.create(h))
                                .toList(),
                        StructType.fromDDL("hash BIGINT"))
                .repartition(partitions);
    }
}
