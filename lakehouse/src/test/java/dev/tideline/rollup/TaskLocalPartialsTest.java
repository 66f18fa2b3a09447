package dev.tideline.rollup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import dev.tideline.spark.Expressions;
import dev.tideline.spark.KeptRows;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many partial rows a task leaves, whatever the measure. */
@Tag("lane-b")
class TaskLocalPartialsTest {
    private static final int EVENTS = 6000;
    private static Dataset<Row> events;

    @BeforeAll
    static void events() {
        SparkSession spark = LakeSession.local("local[2]", 2, Map.of());
        events = spark.range(0, EVENTS, 1, 1)
                .selectExpr(
                        "id % 2 AS a",
                        "id % 50 AS b",
                        "id AS n",
                        "concat('word ', id % 97) AS word",
                        "map('k', string(id % 3)) AS labels",
                        "timestamp_seconds(1000000) AS event_time",
                        "DATE '1970-01-12' AS event_date",
                        "'t' AS kafka_topic",
                        "'u' AS kafka_topic_id",
                        "0 AS kafka_partition",
                        "id AS kafka_offset");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "count()",
                "sum(n)",
                "min(n)",
                "max(event_time)",
                "min(word)",
                "max(word)",
                "first(word)",
                "last(n)",
                "distinct(word)",
                "quantiles(n)",
                "top(word, 3)",
                "max(encode(word, 'utf-8'))",
                "min(cast(n as decimal(38, 2)))"
            })
    void oneRowForEachKey(String measure) {
        Rollup rollup = new Rollup(
                "r",
                Optional.empty(),
                List.of(
                        Dimension.of("a", "a", DataTypes.LongType),
                        Dimension.of("b", "b", DataTypes.LongType),
                        Dimension.of(
                                "labels",
                                "labels",
                                DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))),
                List.of(Measures.parse("m", measure, new Expressions(events.schema())::typeOf)),
                Map.of());
        try (KeptRows kept = KeptRows.of(events)) {
            Dataset<Row> partials =
                    Rollups.partial(kept.taskLocal(EVENTS), rollup).rows();
            assertThat(partials.count()).isEqualTo(150);
            assertThat(partials.schema())
                    .isEqualTo(Rollups.partial(events, rollup).schema());
            assertThat(partials.selectExpr("sum(_events)").head().getLong(0)).isEqualTo(EVENTS);
        }
    }
}
