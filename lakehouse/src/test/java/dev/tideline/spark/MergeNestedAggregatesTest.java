package dev.tideline.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries over merged rows with the rule on and off, over copies of those rows, and over the same aggregate that is not ours. */
@Tag("lane-b")
class MergeNestedAggregatesTest {
    private static SparkSession spark;

    @BeforeAll
    static void rows() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        spark.range(0, 5000, 1, 3)
                .selectExpr(
                        "id % 70 AS key",
                        "array('a', 'b', null)[id % 3] AS word",
                        "timestamp_seconds(id * 60) AS at",
                        "if(id % 11 < 9, null, id % 97) AS n",
                        "CAST(id % 7 AS DECIMAL(5, 1)) AS d",
                        "CAST(id AS INT) AS i",
                        "id % 2 = 0 AS even")
                .createOrReplaceTempView("events");
        spark.sql("""
                CREATE OR REPLACE TEMPORARY VIEW theirs AS SELECT key, word, at AS window_start, sum(n) AS n, min(n) AS least, \
                max(n) AS most, count(n) AS c, sum(d) AS d, sum(i) AS i, max(even) AS provisional, sum(n) + 1 AS more \
                FROM events GROUP BY key, word, at""");
        MergeNestedAggregates.mergeable(spark.table("events")
                        .groupBy(col("key"), col("word"), col("at").as("window_start"))
                        .agg(
                                expr("sum(n) AS n"),
                                expr("min(n) AS least"),
                                expr("max(n) AS most"),
                                expr("count(n) AS c"),
                                expr("sum(d) AS d"),
                                expr("sum(i) AS i"),
                                expr("max(even) AS provisional"),
                                expr("sum(n) + 1 AS more")))
                .createOrReplaceTempView("seen");
        Dataset<Row> seen = spark.table("seen");
        spark.createDataFrame(seen.collectAsList(), seen.schema()).createOrReplaceTempView("kept");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "1 | SELECT key, sum(n) FROM %s GROUP BY key",
                "1 | SELECT sum(n), min(least), max(most), max(provisional), sum(i) FROM %s",
                "1 | SELECT sum(n) AS s, word FROM %s WHERE key < 9 GROUP BY word ORDER BY s DESC, word LIMIT 2",
                "1 | SELECT date_trunc('HOUR', window_start) AS hour, 2 * sum(n) FROM %s GROUP BY 1",
                "1 | SELECT key + 1, sum(n) FILTER (WHERE word = 'a') FROM %s GROUP BY key + 1 HAVING max(most) > 90",
                "1 | SELECT key, word, window_start, sum(n), max(most) FROM %s GROUP BY 1, 2, 3",
                "1 | SELECT key, sum(n) FROM %s WHERE key < 0 GROUP BY key",
                "1 | SELECT sum(n) FROM %s WHERE key < 0",
                "2 | SELECT key, count(*) FROM %s GROUP BY key",
                "2 | SELECT key, sum(c) FROM %s GROUP BY key",
                "2 | SELECT key, avg(n), max(n) FROM %s GROUP BY key",
                "2 | SELECT key, sum(DISTINCT n) FROM %s GROUP BY key",
                "2 | SELECT word, sum(key) FROM %s GROUP BY word",
                "2 | SELECT n, sum(n) FROM %s GROUP BY n",
                "2 | SELECT key, sum(n) FILTER (WHERE most > 50) FROM %s GROUP BY key",
                "2 | SELECT key, sum(n) FROM %s WHERE most > 50 GROUP BY key",
                "2 | SELECT key, sum(d) FROM %s GROUP BY key",
                "2 | SELECT key, sum(more), min(most), max(least) FROM %s GROUP BY key",
                "2 | SELECT key, sum(n) FROM (SELECT * FROM %s ORDER BY window_start LIMIT 99) GROUP BY key",
            })
    void areOneAggregateWhereThatComesToTheSame(int aggregates, String question) {
        Question asked = new Question(question);
        List<String> answer = asked.answer(spark, "kept");
        assertThat(asked.answer(spark, "seen")).isEqualTo(answer);
        assertThat(asked.answer(spark, "theirs")).isEqualTo(answer);
        assertThat(aggregates(asked.of("seen"))).isEqualTo(aggregates);
        String theirs = plan(asked.of("theirs"));

        spark.conf().set(MergeNestedAggregates.ENABLED, false);
        assertThat(asked.answer(spark, "seen")).isEqualTo(answer);
        assertThat(aggregates(asked.of("seen"))).isEqualTo(2);
        assertThat(theirs).isEqualTo(plan(asked.of("theirs"))).isEqualTo(plan(asked.of("seen")));
    }

    @AfterEach
    void switchOn() {
        spark.conf().unset(MergeNestedAggregates.ENABLED);
    }

    private static String plan(String sql) {
        return spark.sql(sql).queryExecution().optimizedPlan().toString().replaceAll("#\\d+L?", "#");
    }

    private static long aggregates(String sql) {
        return spark.sql(sql)
                .queryExecution()
                .optimizedPlan()
                .toString()
                .lines()
                .filter(line -> line.matches("[ :+-]*Aggregate .*"))
                .count();
    }
}
