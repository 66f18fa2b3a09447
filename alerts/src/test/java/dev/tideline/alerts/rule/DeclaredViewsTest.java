package dev.tideline.alerts.rule;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class DeclaredViewsTest {
    private static final Feed FEED = FeedFile.parse("metrics.yaml", """
            feed: metrics
            topic: metrics
            schema: >
              metric STRING NOT NULL, labels MAP<STRING,STRING>, value DOUBLE NOT NULL, price DECIMAL(12,2), valid BOOLEAN,
              time TIMESTAMP NOT NULL
            event: { id: [ metric, labels, time ], time: time }
            rollups:
              metrics:
                dimensions: [ metric, labels ]
                measures: { samples: count(), sum: sum(value), names: distinct(metric) }
                derived: { avg: sum / samples }
              of_every_kind:
                dimensions: [ valid, "zone: labels['zone']" ]
                measures:
                  n: count() where valid
                  paid: sum(price)
                  least: min(price)
                  most: max(metric)
                  first: first(time)
                  last: last(price)
                  dist: quantiles(value)
                  best: top(metric, 3)
            """);

    @Test
    void haveTheColumnsThatReadersSee() {
        SortedMap<String, StructType> schemas = DeclaredViews.schemas(List.of(FEED));

        assertThat(schemas.keySet())
                .containsExactly(
                        "metrics_1h",
                        "metrics_1m",
                        "metrics_events",
                        "of_every_kind_1h",
                        "of_every_kind_1m",
                        "pipeline_days",
                        "pipeline_streams");
        assertThat(schemas.get("metrics_1m").toDDL())
                .isEqualTo(
                        "window_start TIMESTAMP,event_date DATE,metric STRING,labels MAP<STRING, STRING>,series_id"
                                + " BIGINT,samples BIGINT,sum DOUBLE,names BIGINT,names_sketch BINARY,provisional BOOLEAN,avg DOUBLE");
        assertThat(schemas.get("metrics_1h")).isEqualTo(schemas.get("metrics_1m"));
        assertThat(schemas.get("pipeline_streams")).isEqualTo(Health.STREAMS);
        assertThat(schemas.get("pipeline_days")).isEqualTo(Health.DAYS);
    }

    @Test
    void areAsTheStreamsWouldMakeThem() {
        SparkSession spark = LakeSession.local("local[2]", 1, Map.of()).newSession();
        Dataset<Row> records = spark.createDataFrame(List.<Row>of(), Decoding.RECORD);
        Dataset<Row> events = Decoding.accepted(Decoding.decode(records, FEED), FEED);
        SortedMap<String, StructType> schemas = DeclaredViews.schemas(List.of(FEED));

        assertThat(types(schemas.get("metrics_events"))).isEqualTo(types(events.schema()));
        for (Rollup rollup : FEED.rollups()) {
            Dataset<Row> partials = Rollups.partial(events, rollup).withColumn("provisional", lit(true));
            Dataset<Row> merged =
                    Rollups.merge(partials, rollup, max("provisional").as("provisional"));
            assertThat(types(schemas.get(rollup.name() + "_1m")))
                    .isEqualTo(types(Rollups.finish(merged, rollup).schema()));
        }
    }

    private static String types(StructType schema) {
        return schema.toDDL().replace(" NOT NULL", "");
    }
}
