package dev.tideline.spark;

import static org.apache.spark.sql.functions.callUDF;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.sum;
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
    void aggregatesApartNeedNoExchangeAndAddUpToTheSame() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id", "id % 7 AS key", "id AS n");
        try (KeptRows kept = KeptRows.of(rows)) {
            for (int tasks : new int[] {1, 3, 9}) {
                Dataset<Row> apart = kept.apart((tasks - 1) * KeptRows.TASK_ROWS)
                        .where("id > 10")
                        .selectExpr("key AS k", "n")
                        .groupBy("k")
                        .agg(sum("n").as("n"), collect_set("n").as("set"));
                assertThat(apart.queryExecution().executedPlan().toString()).doesNotContain("Exchange");
                List<Row> parts = apart.collectAsList();
                assertThat(parts).hasSize(7 * Math.min(tasks, 4));
                assertThat(parts.stream().mapToLong(r -> r.getLong(1)).sum()).isEqualTo(499_500 - 55);
            }
        }
    }

    @Test
    void sketchesApartAreSortedByTheHashAloneAndAddUpToTheSameWhereKeysShareOne() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id % 2 AS hash", "id % 7 AS key", "id AS n");
        try (KeptRows kept = KeptRows.of(rows)) {
            Dataset<Row> apart = kept.apart(0)
                    .groupBy("hash", "key")
                    .agg(sum("n").as("n"), collect_set("n").as("set"));
            apart.collectAsList().forEach(part -> {
                List<Long> set = part.getList(3);
                assertThat(set).allMatch(n -> n % 7 == part.getLong(1) && n % 2 == part.getLong(0));
                assertThat(set.stream().mapToLong(n -> n).sum()).isEqualTo(part.getLong(2));
            });
            assertThat(apart.queryExecution().executedPlan().toString())
                    .containsPattern("Sort \\[hash#\\w+ ASC NULLS FIRST\\]");
            assertThat(apart.agg(sum("n")).head().getLong(0)).isEqualTo(499_500);
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
