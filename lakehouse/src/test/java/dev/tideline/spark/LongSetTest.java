package dev.tideline.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class LongSetTest {

    @Test
    void hasWhatWasPutInAndNothingElse() {
        SplittableRandom random = new SplittableRandom(7);
        for (int size : new int[] {0, 1, 2, 3, 7, 8, 1000}) {
            Set<Long> numbers = new HashSet<>(
                    List.of(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE).subList(0, size % 5 % 4));
            while (numbers.size() < size) {
                numbers.add(size % 2 == 0 ? random.nextLong() : 5_000 + random.nextLong(2L * size));
            }
            LongSet set = LongSet.of(numbers);
            assertThat(numbers).allMatch(set::contains);
            LongStream.concat(LongStream.range(-2, 10_000), random.longs(1000))
                    .forEach(n -> assertThat(set.contains(n)).isEqualTo(numbers.contains(n)));
        }
    }

    @Test
    void isAskedInQueries() {
        SparkSession spark = LakeSession.local("local[2]", 2, Map.of());
        Dataset<Row> rows = spark.range(10).selectExpr("nullif(id, 4) AS n");
        LongSet set = LongSet.of(List.of(0L, 3L, 8L, 80L));

        assertThat(rows.where(set.has(col("n"))).collectAsList().stream().map(row -> row.getLong(0)))
                .containsExactlyInAnyOrder(0L, 3L, 8L);
        assertThat(rows.where(not(set.has(col("n")))).count()).isEqualTo(6); // NULL is neither in it nor not
    }
}
