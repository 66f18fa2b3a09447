package dev.tideline.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import dev.tideline.spark.RepeatedHashes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class DuplicatesTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, labels MAP<STRING,STRING>, place STRING, id_hash BIGINT, at TIMESTAMP NOT NULL
            event: { id: [ id, labels ], time: at }
            rollups: { sales: { where: place <> 'x', dimensions: [ place ], measures: { n: count() } } }
            """);

    private static SparkSession spark;

    record Sale(String id, String labels, String place, Instant at, Instant timestamp, int partition, long offset) {
        static final Comparator<Sale> FIRST = Comparator.comparing(Sale::timestamp)
                .thenComparing(Sale::partition)
                .thenComparing(Sale::offset);

        Row record() {
            return Records.record(
                    "{\"id\":\"%s\",\"labels\":%s,\"place\":\"%s\",\"id_hash\":7,\"at\":\"%s\"}"
                            .formatted(id, labels, place, at),
                    partition,
                    offset,
                    timestamp);
        }

        String where() {
            return partition + "/" + offset;
        }
    }

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @Test
    void keepsTheFirstByKafkaTimestampThenPartitionThenOffset() {
        long seed = Long.getLong("tideline.seed", 3);
        Random random = new Random(seed);
        List<Sale> sales = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            sales.add(new Sale(
                    "s" + random.nextInt(40),
                    random.nextInt(3) == 0
                            ? "null"
                            : random.nextBoolean() ? "{\"a\":\"1\",\"b\":\"2\"}" : "{\"b\":\"2\",\"a\":\"1\"}",
                    "p" + i,
                    NOON.minusSeconds(random.nextInt(2) * 43_201L),
                    NOON.plusMillis(random.nextInt(3)),
                    random.nextInt(2),
                    i));
        }
        Map<String, Sale> expected = new TreeMap<>();
        sales.forEach(s -> expected.merge(
                s.id() + s.labels().equals("null") + s.at(), s, (a, b) -> Sale.FIRST.compare(a, b) <= 0 ? a : b));
        Dataset<Row> events = events(sales);

        List<Row> winners = winners(events);
        List<Row> losers = Duplicates.losers(events, FEED).collectAsList();
        List<Row> found = losersAmong(events).collectAsList();

        assertThat(winners)
                .as("seed %s", seed)
                .extracting(DuplicatesTest::where)
                .containsExactlyInAnyOrderElementsOf(
                        expected.values().stream().map(Sale::where).toList());
        assertThat(found).containsExactlyInAnyOrderElementsOf(losers);
        assertThat(Stream.concat(winners.stream(), losers.stream())
                        .map(DuplicatesTest::where)
                        .collect(Collectors.toSet()))
                .hasSize(winners.size() + losers.size())
                .hasSize(sales.size());
        assertThat(winners).extracting(r -> r.<Object>getAs("id_hash")).containsOnly(7L);
        assertThat(winners).extracting(r -> r.<String>getAs("place")).allMatch(p -> p.startsWith("p"));
    }

    @Test
    void theSameIdOnAnotherDateIsNoDuplicate() {
        Sale before = sale(0, Instant.parse("2026-11-20T23:59:59.999Z"));
        Sale after = sale(1, Instant.parse("2026-11-21T00:00:00Z"));

        assertThat(losersAmong(events(List.of(before, after))).collectAsList()).isEmpty();
        assertThat(winners(events(List.of(before, after, sale(2, NOON)))))
                .extracting(DuplicatesTest::where)
                .containsExactlyInAnyOrder("0/0", "0/1");
    }

    @Test
    void theWinnerIsChosenBeforeAnyWhere() {
        Sale refused = new Sale("s", "null", "x", NOON, NOON, 0, 0);
        Sale counted = new Sale("s", "null", "y", NOON, NOON, 0, 1);

        List<Row> winners = winners(events(List.of(refused, counted)));

        assertThat(winners).extracting(DuplicatesTest::where).containsExactly("0/0");
    }

    private static Sale sale(long offset, Instant at) {
        return new Sale("s", "null", "p", at, NOON.plusSeconds(86_400 + offset), 0, offset);
    }

    private static Dataset<Row> events(List<Sale> sales) {
        return Decoding.accepted(
                Decoding.decode(
                        Records.frame(spark, sales.stream().map(Sale::record).toList()), FEED),
                FEED);
    }

    private static Dataset<Row> losersAmong(Dataset<Row> events) {
        return Duplicates.losersAmong(events, RepeatedHashes.repeated(events.select(Duplicates.hash(FEED))), FEED);
    }

    private static List<Row> winners(Dataset<Row> events) {
        return Duplicates.without(losersAmong(events), events).collectAsList();
    }

    private static String where(Row row) {
        return row.<Integer>getAs("kafka_partition") + "/" + row.<Long>getAs("kafka_offset");
    }
}
