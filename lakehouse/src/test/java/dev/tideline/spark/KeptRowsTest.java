package dev.tideline.spark;

import static org.apache.spark.sql.functions.callUDF;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class KeptRowsTest {
    private static final AtomicLong CALLS = new AtomicLong();
    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        UDF1<Long, Long> counted = n -> {
            CALLS.incrementAndGet();
            return n;
        };
        spark.udf().register("counted", counted, DataTypes.LongType);
    }

    @Test
    void givesTheSameRowsAgainAndAgain() {
        Dataset<Row> rows = mixed(20_000);
        List<Row> expected = rows.orderBy("id").collectAsList();

        try (KeptRows kept = KeptRows.of(rows)) {
            assertThat(kept.rows().schema()).isEqualTo(rows.schema());
            for (int i = 0; i < 2; i++) {
                assertThat(kept.rows().orderBy("id").collectAsList()).isEqualTo(expected);
            }
        }
    }

    @Test
    void computesThemOnce() {
        CALLS.set(0);
        try (KeptRows kept = KeptRows.of(spark.range(0, 1000, 1, 3).select(callUDF("counted", col("id"))))) {
            assertThat(kept.rows().count()).isEqualTo(1000);
            assertThat(kept.rows().count()).isEqualTo(1000);
        }
        assertThat(CALLS).hasValue(1000);
    }

    @Test
    void keepsRowsLargerThanABlockAmongSmallOnes() {
        Dataset<Row> rows =
                spark.range(0, 30, 1, 2).selectExpr("id", "repeat('x', if(id % 7 = 3, 1000000, 5)) AS text");
        try (KeptRows kept = KeptRows.of(rows)) {
            assertThat(kept.rows().selectExpr("sum(id)", "sum(length(text))").head())
                    .isEqualTo(rows.selectExpr("sum(id)", "sum(length(text))").head());
        }
    }

    @Test
    void givesThemInFewPartitionsOfWhichSparkKnowsNothing() {
        try (KeptRows kept = KeptRows.of(spark.range(0, 1000, 1, 4).selectExpr("id % 7 AS key"))) {
            assertThat(kept.rows(3 * KeptRows.TASK_ROWS).toJavaRDD().getNumPartitions())
                    .isEqualTo(4);
            assertThat(kept.rows(0).toJavaRDD().getNumPartitions()).isEqualTo(1);
            assertThat(kept.rows(9 * KeptRows.TASK_ROWS).distinct().count()).isEqualTo(7);
        }
    }

    @Test
    void keepsNothingOfNothing() {
        try (KeptRows kept = KeptRows.of(mixed(20).where("id < 0"))) {
            assertThat(kept.rows().isEmpty()).isTrue();
        }
    }

    private static Dataset<Row> mixed(long count) {
        return spark.range(0, count, 1, 3)
                .selectExpr(
                        "id",
                        "if(id % 3 = 0, NULL, concat('text ', id)) AS text",
                        "map('a', id, 'b', NULL) AS map",
                        "array(id, id + 1) AS array",
                        "cast(id AS DECIMAL(30, 2)) AS decimal",
                        "named_struct('x', id, 'y', cast(id AS STRING)) AS struct",
                        "timestamp_millis(id) AS at");
    }
}
