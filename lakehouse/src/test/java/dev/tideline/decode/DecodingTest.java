package dev.tideline.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

@Tag("lane-b")
class DecodingTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, cost BIGINT, reasons STRING, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            require: [ cost >= 0, "id not like 'test-%'" ]
            accept: { late: 7d, future: 1500ms, size: 120 }
            rollups: { sales: { dimensions: [], measures: { n: count() } } }
            """);

    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @Test
    void comparesAnEventsTimeWithTheRecordsKafkaTimestampAndNeverWithAClock() {
        Duration late = Duration.ofDays(7);
        Duration future = Duration.ofMillis(1500);

        assertThat(reasonAt(NOON)).isNull();
        assertThat(reasonAt(NOON.minus(late))).isNull();
        assertThat(reasonAt(NOON.minus(late).minusMillis(1))).isEqualTo("too_late");
        assertThat(reasonAt(NOON.plus(future))).isNull();
        assertThat(reasonAt(NOON.plus(future).plusMillis(1))).isEqualTo("from_future");
        assertThat(reasonAt(Instant.EPOCH)).isEqualTo("too_late");
    }

    @Test
    void rejectsWhatFailsARequirementAndPassesWhatHasNoAnswer() {
        assertThat(reason(sale("a").replace("5", "-1"))).isEqualTo("requirement: cost >= 0");
        assertThat(reason(sale("a").replace("5", "null"))).isNull();
        assertThat(reason(sale("test-1"))).isEqualTo("requirement: id not like 'test-%'");
    }

    /** They would all be duplicates of each other. */
    @Test
    void rejectsAnEventWithoutAnId() {
        Feed feed = FeedFile.parse("sales.yaml", """
                feed: sales
                topic: sales
                schema: id STRING, shop STRING NOT NULL, labels MAP<STRING, STRING>, at TIMESTAMP NOT NULL
                event: { id: [shop, id, labels], time: at }
                rollups: { sales: { dimensions: [], measures: { n: count() } } }
                """);
        String event = "{\"shop\":\"s\",\"id\":%s,\"at\":\"2026-11-20T12:00:00Z\"}";
        assertThat(reason(event.formatted("\"a\""), feed)).isNull();
        assertThat(reason(event.formatted("null"), feed)).isEqualTo("missing_field: id");
        assertThat(reason(event.replace("\"id\":%s,", ""), feed)).isEqualTo("missing_field: id");
    }

    @Test
    void takesColumnsOfAnyNameThatAFeedMayHave() {
        for (String name : List.of("decoded", "value", "key", "topic", "timestamp", "headers", "partition", "offset")) {
            Feed feed = FeedFile.parse("sales.yaml", """
                    feed: sales
                    topic: sales
                    schema: id STRING NOT NULL, `%1$s` STRING, at TIMESTAMP NOT NULL
                    event: { id: id, time: at }
                    require: [ "`%1$s` = 'x'" ]
                    rollups: { sales: { dimensions: [%1$s], measures: { n: count() } } }
                    """.formatted(name));
            String event = "{\"id\":\"a\",\"" + name + "\":\"%s\",\"at\":\"2026-11-20T12:00:00Z\"}";
            assertThat(reason(event.formatted("x"), feed)).as(name).isNull();
            assertThat(reason(event.formatted("y"), feed)).as(name).isEqualTo("requirement: `" + name + "` = 'x'");
        }
    }

    @Test
    void namesTheFirstReasonOnly() {
        assertThat(reason("{\"id\":\"test-1\",\"cost\":-1,\"at\":\"2020-01-01T00:00:00Z\"}"))
                .isEqualTo("too_late: at 2020-01-01 00:00:00, Kafka timestamp 2026-11-20 12:00:00");
    }

    @Test
    void decidesAlikeInAStreamAndInABatch() throws Exception {
        List<Row> fixture = new ArrayList<>();
        String[] payloads = {
            sale("a"),
            sale("b").replace("12:00", "11:00"),
            "junk",
            "{}",
            sale("c").replace("5", "\"5\""),
            sale("d").replace("2026", "2025"),
            sale("e").replace("12:00", "13:00"),
            sale("f").replace("5", "-5"),
            sale("g").replace("}", ",\"more\":\"" + "x".repeat(200) + "\"}"),
            null,
            sale("2026-é"),
        };
        for (int i = 0; i < payloads.length; i++) {
            fixture.add(Records.record(payloads[i], i % 3, i, NOON.plusMillis(i)));
        }
        Dataset<Row> batch = Decoding.decode(Records.frame(spark, fixture), FEED);

        MemoryStream<Row> source = new MemoryStream<>(7, spark, Option.empty(), Encoders.row(Decoding.RECORD));
        source.addData(CollectionConverters.asScala(fixture).toSeq());
        List<Row> streamed = new ArrayList<>();
        var query = Decoding.decode(source.toDF(), FEED)
                .writeStream()
                .format("memory")
                .queryName("decoded")
                .start();
        query.processAllAvailable();
        query.stop();
        streamed.addAll(spark.table("decoded").collectAsList());

        assertThat(streamed)
                .map(Row::json)
                .containsExactlyInAnyOrderElementsOf(
                        batch.collectAsList().stream().map(Row::json).toList());
        assertThat(batch.groupBy("reason").count().collectAsList())
                .map(r -> r.getString(0) + " " + r.getLong(1))
                .containsExactlyInAnyOrder(
                        "null 3",
                        "not_json 2",
                        "missing_field 1",
                        "mistyped_field 1",
                        "too_late 1",
                        "from_future 1",
                        "requirement 1",
                        "oversized 1");
    }

    @Test
    void keepsThePayloadAndTheCoordinatesOfARefusedRecord() {
        Row row = decode("junk", NOON)
                .select(
                        "payload",
                        "kafka_topic",
                        "kafka_topic_id",
                        "kafka_partition",
                        "kafka_offset",
                        "kafka_timestamp",
                        "event_time",
                        "event_date")
                .head();

        assertThat(row.<byte[]>getAs(0)).asString().isEqualTo("junk");
        assertThat(row.getString(1)).isEqualTo("topic");
        assertThat(row.getString(2)).isEqualTo("id-1");
        assertThat(row.getInt(3)).isEqualTo(3);
        assertThat(row.getLong(4)).isEqualTo(17);
        assertThat(row.getTimestamp(5).toInstant()).isEqualTo(NOON);
        assertThat(row.isNullAt(6) && row.isNullAt(7)).isTrue();
    }

    @Test
    void keepsThePayloadOfAnEventThatSaysMoreThanItsColumns() {
        String more = sale("a").replace("}", ",\"shop\":{\"city\":\"Kyiv\"}}");

        assertThat(decode(more, NOON).head().<byte[]>getAs("payload"))
                .asString()
                .isEqualTo(more);
        assertThat(decode(sale("a"), NOON).head().<byte[]>getAs("payload")).isNull();
        assertThat(decode(sale("a").replace("5", "-5"), NOON).head().<byte[]>getAs("payload"))
                .asString()
                .contains("-5");
    }

    @Test
    void aDayIsAUtcDayWhateverTheSessionsZone() {
        spark.conf().set("spark.sql.session.timeZone", "Pacific/Auckland");
        try {
            assertThat(decode(sale("a").replace("12:00:00", "11:59:59"), NOON)
                            .selectExpr("cast(event_date as string)", "reason")
                            .head()
                            .toString())
                    .isEqualTo("[2026-11-20,null]");
            assertThat(reasonAt(NOON.minus(Duration.ofDays(7)))).isNull();
        } finally {
            spark.conf().set("spark.sql.session.timeZone", "UTC");
        }
    }

    private static String sale(String id) {
        return "{\"id\":\"" + id + "\",\"cost\":5,\"at\":\"2026-11-20T12:00:00Z\"}";
    }

    private static String reasonAt(Instant time) {
        Row row = decode("{\"id\":\"a\",\"at\":" + time.toEpochMilli() + "}", NOON)
                .head();
        return row.getString(0);
    }

    private static String reason(String payload) {
        return reason(payload, FEED);
    }

    private static String reason(String payload, Feed feed) {
        Row row = Decoding.decode(Records.frame(spark, List.of(Records.record(payload, 3, 17, NOON))), feed)
                .head();
        return row.isNullAt(0) ? null : row.getString(0) + ": " + row.getString(1);
    }

    private static Dataset<Row> decode(String payload, Instant timestamp) {
        return Decoding.decode(Records.frame(spark, List.of(Records.record(payload, 3, 17, timestamp))), FEED);
    }
}
