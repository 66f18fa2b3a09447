package dev.tideline.alerts.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class DeclaredViewsTest {
    @Test
    void haveTheColumnsThatReadersSee() {
        Feed feed = FeedFile.parse("metrics.yaml", """
                feed: metrics
                topic: metrics
                schema: metric STRING NOT NULL, labels MAP<STRING,STRING>, value DOUBLE NOT NULL, time TIMESTAMP NOT NULL
                event: { id: [ metric, labels, time ], time: time }
                rollups:
                  metrics:
                    dimensions: [ metric, labels ]
                    measures: { samples: count(), sum: sum(value), names: distinct(metric) }
                    derived: { avg: sum / samples }
                """);
        SparkSession spark = LakeSession.local("local[2]", 1, Map.of()).newSession();

        assertThat(DeclaredViews.register(spark, List.of(feed)))
                .containsExactly("metrics_1h", "metrics_1m", "metrics_events", "pipeline_days", "pipeline_streams");
        assertThat(spark.table("metrics_1m").schema().toDDL())
                .isEqualTo(
                        "window_start TIMESTAMP,event_date DATE,metric STRING,labels MAP<STRING, STRING>,series_id"
                                + " BIGINT,samples BIGINT,sum DOUBLE,names BIGINT,names_sketch BINARY,provisional BOOLEAN,avg DOUBLE");
        assertThat(spark.table("metrics_1h").schema())
                .isEqualTo(spark.table("metrics_1m").schema());
        assertThat(spark.table("metrics_events").schema().fieldNames())
                .startsWith("metric", "labels", "value", "time", "event_time", "event_date", "kafka_topic");
        assertThat(spark.table("pipeline_streams").schema()).isEqualTo(Health.STREAMS);
        assertThat(spark.table("pipeline_days").schema()).isEqualTo(Health.DAYS);
    }
}
