package dev.tideline.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("lane-b")
class TaskLocalTest {
    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @AfterEach
    void switchOn() {
        spark.conf().unset(TaskLocal.COMBINE);
    }

    @Test
    void eachTaskAggregatesForItselfAndAllAddUpToTheSame() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id", "id % 7 AS key", "id AS n");
        try (KeptRows kept = KeptRows.of(rows)) {
            for (int tasks : new int[] {1, 3, 9}) {
                TaskLocal local = kept.taskLocal((tasks - 1) * KeptRows.TASK_ROWS)
                        .where(col("id").gt(10))
                        .select(List.of(col("key").as("k"), col("n")))
                        .aggregate(
                                List.of(col("k")),
                                List.of(sum("n").as("n"), collect_set("n").as("set")));
                assertThat(plan(local)).doesNotContain("Exchange");
                List<Row> parts = local.rows().collectAsList();
                assertThat(parts).hasSize(7 * Math.min(tasks, 4));
                assertThat(parts.stream().mapToLong(r -> r.getLong(1)).sum()).isEqualTo(499_500 - 55);
            }
        }
    }

    @Test
    void theRowsAreLikeAnyOthersToWhateverIsPlannedOverThem() {
        try (KeptRows kept = KeptRows.of(spark.range(0, 1000, 1, 4).selectExpr("id % 7 AS key", "id AS n"))) {
            Dataset<Row> rows = kept.taskLocal(9 * KeptRows.TASK_ROWS)
                    .aggregate(List.of(col("key")), List.of(sum("n").as("n")))
                    .rows();
            assertThat(rows.count()).isEqualTo(28);
            assertThat(rows.select("key").distinct().count()).isEqualTo(7);
            assertThat(rows.dropDuplicates("key").count()).isEqualTo(7);
            assertThat(rows.groupBy("key").agg(sum("n").as("n")).agg(sum("n")).head())
                    .isEqualTo(row(499_500L));
            assertThat(rows.groupBy("key").count().count()).isEqualTo(7);
            assertThat(rows.withColumn(
                                    "place",
                                    row_number().over(Window.partitionBy("key").orderBy("n")))
                            .where("place = 4")
                            .count())
                    .isEqualTo(7);
            assertThat(rows.selectExpr("count(DISTINCT key)").head()).isEqualTo(row(7L));
        }
    }

    private static Row row(Object value) {
        return org.apache.spark.sql.RowFactory.create(value);
    }

    @Test
    void sortsByTheHashAloneAndAddsUpToTheSameWhereKeysShareOne() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id % 2 AS _hash", "id % 7 AS key", "id AS n");
        try (KeptRows kept = KeptRows.of(rows)) {
            TaskLocal local = kept.taskLocal(0)
                    .aggregate(
                            List.of(col("_hash"), col("key")),
                            List.of(sum("n").as("n"), collect_set("n").as("set")));
            local.rows().collectAsList().forEach(part -> {
                List<Long> set = part.getList(3);
                assertThat(set).allMatch(n -> n % 7 == part.getLong(1) && n % 2 == part.getLong(0));
                assertThat(set.stream().mapToLong(n -> n).sum()).isEqualTo(part.getLong(2));
            });
            assertThat(plan(local)).containsPattern("Sort \\[_hash#\\w+ ASC NULLS FIRST\\]");
            assertThat(local.rows().agg(sum("n")).head()).isEqualTo(row(499_500L));
        }
    }

    @Test
    void withoutAHashEachKeyHasOneRowATaskAllTheSame() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id % 2 AS a", "id % 7 AS b", "string(id) AS word");
        try (KeptRows kept = KeptRows.of(rows)) {
            List<Column> keys = List.of(col("a"), col("b"));
            List<Column> least = List.of(expr("min(word) AS least"));
            assertThat(kept.taskLocal(0).aggregate(keys, least).rows().count()).isEqualTo(14);
            assertThat(kept.taskLocal(0).aggregateBySorting(keys, least).rows().count())
                    .isEqualTo(14);
        }
    }

    /** Against the rows of Spark's own plan over the same partition. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key | count(1); count(n); sum(n); min(word); max(n)",
                "key + 1; key % 2 | 10 * sum(n) + count(1)",
                "key % 5 | sum(n) FILTER (WHERE word = 'a'); avg(n)",
                "key % 20; word | sort_array(collect_set(n)); max_by(word, id)",
                "key | hll_sketch_estimate(hll_sketch_agg(n))",
                "n | min(named_struct('at', id, 'value', word)) FILTER (WHERE n > 3)",
                "key | count(DISTINCT n); sum(n)",
            })
    void givesTheRowsThatSparkGives(String keys, String aggregates) {
        Dataset<Row> rows = spark.range(0, 5000, 1, 1)
                .selectExpr(
                        "id",
                        "id % 700 AS key",
                        "if(id % 11 = 0, null, id % 97) AS n",
                        "array('a', 'b', null)[id % 3] AS word");
        List<Column> by = columns("k", keys);
        List<Column> what = columns("v", aggregates);
        List<String> expected = text(rows.groupBy(by.toArray(Column[]::new))
                .agg(what.get(0), what.stream().skip(1).toArray(Column[]::new)));
        try (KeptRows kept = KeptRows.of(rows)) {
            for (boolean combine : new boolean[] {true, false}) {
                spark.conf().set(TaskLocal.COMBINE, combine);
                TaskLocal local = kept.taskLocal(0).aggregate(by, what);
                assertThat(text(local.rows())).isEqualTo(expected);
                if (!aggregates.contains("DISTINCT")) {
                    assertThat(steps(plan(local))).isEqualTo(combine ? 1 : 2);
                }
                assertThat(text(kept.taskLocal(0).aggregateBySorting(by, what).rows()))
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"sum(n)", "min(word)", "collect_set(n)"})
    void otherPeoplesAggregatesTakeSparksTwoSteps(String measure) {
        spark.range(0, 50, 1, 1)
                .selectExpr("id % 7 AS key", "id AS n", "string(id) AS word")
                .createOrReplaceTempView("together");
        Dataset<Row> rows = spark.sql("SELECT key, " + measure + " FROM together GROUP BY key");
        rows.collectAsList();
        assertThat(steps(rows.queryExecution().executedPlan().toString().replaceFirst("(?s)== Initial Plan ==.*", "")))
                .isEqualTo(2);
    }

    private static List<Column> columns(String prefix, String expressions) {
        String[] each = expressions.split(";");
        return Stream.iterate(0, i -> i < each.length, i -> i + 1)
                .map(i -> expr(each[i]).as(prefix + i))
                .toList();
    }

    private static List<String> text(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    private static String plan(TaskLocal local) {
        return local.execution().executedPlan().toString();
    }

    private static int steps(String plan) {
        return plan.split("(Hash|Sort)Aggregate\\(", -1).length - 1;
    }
}
