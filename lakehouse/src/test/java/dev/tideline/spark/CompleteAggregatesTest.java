package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.tideline.lake.LakeSession;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same questions of rows that need no exchange and of rows that do: the answers are the same, the plans are not. */
@Tag("lane-b")
class CompleteAggregatesTest {
    private static SparkSession spark;

    @BeforeAll
    static void rows() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        Dataset<Row> rows = spark.range(0, 5000, 1, 1)
                .selectExpr(
                        "id",
                        "id % 700 AS key",
                        "if(id % 11 = 0, null, id % 97) AS n",
                        "array('a', 'b', null)[id % 3] AS word");
        rows.createOrReplaceTempView("together");
        rows.repartition(3).createOrReplaceTempView("divided");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT key, count(*), count(n), sum(n), min(word), max(n) FROM %s GROUP BY key",
                "SELECT key + 1 AS k, key % 2, 10 * sum(n) + count(*) FROM %s GROUP BY key + 1, key % 2",
                "SELECT key % 5 AS k, sum(n) FILTER (WHERE word = 'a'), avg(n) FROM %s GROUP BY 1 HAVING count(*) > 3",
                "SELECT count(*), sum(n), max(word) FROM %s",
                "SELECT key, hll_sketch_estimate(hll_sketch_agg(n)) FROM %s GROUP BY key",
                "SELECT key % 20 AS k, word, sort_array(collect_set(n)), max_by(word, id) FROM %s GROUP BY 1, 2",
                "SELECT key, count(DISTINCT n), sum(n) FROM %s GROUP BY key",
                "SELECT count(*), sum(n) FROM %s WHERE id < 0",
                "SELECT key, sum(n) FROM %s WHERE id < 0 GROUP BY key",
                "SELECT n, sum(c) FROM (SELECT key, n, count(*) AS c FROM %s GROUP BY key, n) GROUP BY n",
            })
    void answersAreTheSame(String question) {
        Question asked = new Question(question);
        assertThat(asked.answer(spark, "together")).isNotNull().isEqualTo(asked.answer(spark, "divided"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sum(n)", "hll_sketch_agg(n)"})
    void whatNoExchangeDividesIsAggregatedInOneStep(String measure) {
        Question question = new Question("SELECT key, " + measure + " FROM %s GROUP BY key");
        assertThat(aggregates(question.of("together"))).isEqualTo(1);
        assertThat(aggregates(question.of("divided"))).isEqualTo(2);
    }

    /** How many aggregates the plan that ran has. */
    private static int aggregates(String sql) {
        Dataset<Row> rows = spark.sql(sql);
        rows.collectAsList();
        String plan = rows.queryExecution().executedPlan().toString().replaceFirst("(?s)== Initial Plan ==.*", "");
        return plan.split("(Hash|Sort)Aggregate\\(", -1).length - 1;
    }

    @Test
    void sketchesMadeInOneStepCanBeMerged() {
        String sketches = "SELECT key, hll_sketch_agg(id) AS sketch FROM together GROUP BY key";
        long distinct = spark.sql("SELECT hll_sketch_estimate(hll_union_agg(sketch)) FROM (" + sketches + ")")
                .head()
                .getLong(0);
        assertThat(distinct).isCloseTo(5000, withPercentage(5));
    }
}
