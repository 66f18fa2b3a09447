package dev.tideline.system;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.lake.Lake;
import dev.tideline.serving.Views;
import dev.tideline.spark.ScannedFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The feed that the README declares, from the file to the answer, by commands alone. */
@Tag("lane-b")
class OwnFeedIT {
    private static final LocalDate TODAY = LocalDate.now(ZoneOffset.UTC);

    private final SparkSession spark = SharedSpark.session();

    @TempDir
    Path dir;

    @Test
    void aFeedNeedsAFileAndNothingElse() throws Exception {
        Path feeds = Files.createDirectory(dir.resolve("feeds"));
        Files.writeString(feeds.resolve("orders.yaml"), Readme.read().only("(?s)```yaml\n(feed: orders\n.*?)```"));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka.createTopic("orders", 1);
            Payloads.send(
                    kafka.bootstrapServers(),
                    "orders",
                    order("a", "north", 100, TODAY.minusDays(1) + "T10:00:00Z"),
                    order("b", "north", 200_000, TODAY.minusDays(1) + "T10:30:00Z"),
                    order("b", "north", 200_000, TODAY.minusDays(1) + "T10:30:00Z"),
                    order("c", "south", -1, TODAY.minusDays(1) + "T10:00:00Z"),
                    order("d", "south", 300, TODAY + "T00:00:00Z"));

            assertThat(on(kafka, "feeds").out()).contains("orders");
            assertThat(on(kafka, "archive", "--feed", "orders", "--once").code())
                    .isZero();
            assertThat(on(kafka, "speed", "--feed", "orders", "--once").code()).isZero();
            Command fresh = on(kafka, "query", "--format", "csv", BY_SHOP);
            assertThat(views())
                    .contains("tideline_progress", "tideline_rejected")
                    .doesNotContain("tideline_days");
            assertThat(on(kafka, "recompute", "--feed", "orders", "--dirty").code())
                    .isZero();
            Command settled = on(kafka, "query", "--format", "csv", BY_SHOP);

            String answer =
                    "shop,event_date,orders,large,cents,mean\nnorth,%s,2,1,200100,100050.0000000000\nsouth,%s,1,0,300,300.0000000000\n"
                            .formatted(TODAY.minusDays(1), TODAY);
            assertThat(fresh.out()).as(fresh.err()).isEqualTo(answer);
            assertThat(settled.out()).as(settled.err()).isEqualTo(answer);
            aFilterOnTimeReadsTheFilesOfThatTime();
            theOperationsViewsTellHowItWent();
        }
    }

    private void theOperationsViewsTellHowItWent() {
        assertThat(views()).contains("tideline_progress", "tideline_days", "tideline_rejected");
        assertThat(rows("SELECT feed, stream, seq, consumed, accepted, rejected, duplicate, cut.partition, cut.offset"
                        + " FROM tideline_progress ORDER BY stream"))
                .containsExactly("[orders,archive,1,5,4,1,null,[0],[5]]", "[orders,speed,1,5,4,1,1,[0],[5]]");
        assertThat(rows("SELECT feed, day, number, kind, horizon_seq, counts['events'], counts['duplicate'],"
                        + " generation IS NOT NULL FROM tideline('tideline_days') ORDER BY number"))
                .containsExactly(
                        "[orders,%s,1,intends,1,null,null,false]".formatted(TODAY.minusDays(1)),
                        "[orders,%s,2,published,1,3,1,true]".formatted(TODAY.minusDays(1)));
        assertThat(
                        rows(
                                "SELECT feed, reason, detail, kafka_topic, kafka_partition, kafka_offset FROM tideline_rejected"))
                .containsExactly("[orders,requirement,cents >= 0,orders,0,3]");
        Lake lake = Lake.at(spark, dir.resolve("lake").toString());
        lake.rejected().append(lake.rejected().read().withColumn("run", lit("one that recorded nothing")));
        assertThat(rows("SELECT count(*) FROM tideline_rejected")).containsExactly("[1]");
    }

    private List<String> views() {
        return Views.register(spark, dir.resolve("lake").toString());
    }

    private List<String> rows(String sql) {
        return spark.sql(sql).collectAsList().stream()
                .map(row -> row.toString().replaceAll("ArraySeq\\((.*?)\\)", "[$1]"))
                .toList();
    }

    private static final String BY_SHOP =
            "SELECT shop, event_date, orders, large, cents, mean FROM orders_by_shop_1h ORDER BY shop";

    private void aFilterOnTimeReadsTheFilesOfThatTime() {
        Views.register(spark, dir.resolve("lake").toString());
        String yesterday = "event_date=" + TODAY.minusDays(1);
        for (String view : List.of("orders_by_shop_1m", "orders_by_shop_1h")) {
            assertThat(files(spark, view, "true")).anyMatch(file -> file.contains(yesterday));
            for (String filter :
                    List.of("event_date = DATE'" + TODAY + "'", "window_start >= TIMESTAMP'" + TODAY + " 00:00:00'")) {
                assertThat(files(spark, view, filter))
                        .as(view + " where " + filter)
                        .isNotEmpty()
                        .noneMatch(file -> file.contains("/batch/") && file.contains(yesterday));
            }
        }
        assertThat(files(spark, "orders_by_shop_1m", "window_start >= TIMESTAMP'" + TODAY + " 00:00:00'"))
                .noneMatch(file -> file.contains(yesterday));
    }

    private static List<String> files(SparkSession spark, String view, String filter) {
        return ScannedFiles.of(spark.sql("SELECT * FROM " + view + " WHERE " + filter));
    }

    private static String order(String id, String shop, long cents, String at) {
        return "{\"order_id\":\"%s\",\"shop\":\"%s\",\"cents\":%d,\"ordered_at\":\"%s\"}"
                .formatted(id, shop, cents, at);
    }

    private Command on(EmbeddedKafka kafka, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--set", "feeds=" + dir.resolve("feeds")));
        return Command.on(dir.resolve("lake"), kafka, all.toArray(String[]::new));
    }
}
