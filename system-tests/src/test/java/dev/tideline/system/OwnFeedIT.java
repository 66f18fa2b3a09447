package dev.tideline.system;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Recompute;
import dev.tideline.decode.Decoding;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.serving.Views;
import dev.tideline.spark.ScannedFiles;
import dev.tideline.spark.Sessions;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
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

    /** Tables are written without compression, so that a value is found in them where it stands; {@code shop} shows that it is. */
    @Test
    void noFileOfTheLakeHasWhatItsFeedHides() throws Exception {
        Feed feed = FeedFile.parse("visits.yaml", """
                feed: visits
                topic: visits
                schema: >
                  id STRING NOT NULL, visitor STRING, account BIGINT, mail STRING, shop STRING, cents BIGINT,
                  at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                require: [ cents > 0 ]
                hash: { fields: [ id, visitor, account ], key: PATH } # which every process has, and long enough
                mask: mail
                rollups:
                  visits: { dimensions: [ shop, visitor ], measures: { n: count(), accounts: distinct(account), last: last(account), ids: 'top(id, 9)' } }
                """);
        Lake lake = Lake.at(Sessions.clone(spark), dir.resolve("lake").toString());
        lake.spark().conf().set("spark.sql.parquet.compression.codec", "uncompressed");
        FeedTables.create(lake, feed);
        LocalDate day = TODAY.minusDays(1);
        String whole =
                "{\"id\":\"hidden-id-%s\",\"visitor\":\"hidden-visitor\",\"account\":7310575183,\"mail\":\"hidden@mail\",\"shop\":\"shown-shop\",\"cents\":1,\"at\":\""
                        + day + "T10:00:00Z\",\"more\":\"hidden-more\"}";
        List<String> payloads = List.of(
                whole.formatted("a"),
                whole.formatted("a"),
                whole.formatted("b"),
                whole.formatted("c").replace("\"cents\":1", "\"cents\":0"),
                whole.formatted("d").replace(day.toString(), day.minusYears(1).toString()),
                whole.formatted("e").replace("7310575183", "\"hidden-account\""),
                whole.formatted("f").replace("}", "} hidden-rest"),
                "hidden-word",
                whole.formatted("g") + "hidden".repeat(50_000));
        for (Stream stream : Stream.values()) {
            SourcePartition partition = new SourcePartition("visits", "id-1", 0);
            MicroBatch batch = MicroBatch.run(lake, feed, stream);
            Dataset<Row> records = lake.spark().createDataFrame(records(payloads, day), Decoding.RECORD);
            String plan = Decoding.decode(records, feed).queryExecution().toString();
            assertThat(plan).contains("protecting JsonDecoder").doesNotContain(System.getenv("PATH"));
            batch.record(
                    new Cut(Map.of(partition, 0L)),
                    new Cut(Map.of(partition, (long) payloads.size())),
                    batch.write(records));
        }
        List<String> fresh = visits();
        assertThat(fresh)
                .containsExactly("[shown-shop,%s,2,1,%d,2]".formatted(hash("hidden-visitor"), number("7310575183")));
        Recompute.run(lake, feed, day, Instant.now());
        assertThat(visits()).as("hashed once").isEqualTo(fresh);
        assertThat(rows("SELECT reason, detail FROM tideline_rejected ORDER BY kafka_offset"))
                .startsWith("[requirement,cents > 0]")
                .contains("[mistyped_field,account BIGINT]", "[not_json,]", "[oversized,300168 bytes, at most 262144]");
        assertThat(lake.rejected()
                        .read()
                        .selectExpr("length(payload)")
                        .distinct()
                        .collectAsList())
                .singleElement()
                .hasToString("[32]");
        byte[] account = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(7310575183L)
                .array();
        assertThat(files("shown-shop")).as("the test finds what is there").isNotEmpty();
        assertThat(files("hidden")).isEmpty();
        assertThat(files("7310575183")).isEmpty();
        assertThat(files(new String(account, StandardCharsets.ISO_8859_1))).isEmpty();
        assertThat(files(System.getenv("PATH"))).isEmpty();

        Feed open = FeedFile.parse("visits.yaml", feed.source().replace("mask: mail\n", ""));
        assertThatThrownBy(() -> FeedTables.create(lake, open))
                .hasMessageContaining("mail would be stored as it comes, and its tables have it masked (hash and mask");
        assertThatThrownBy(() -> lake.feeds().declare(feed, "another", Instant.now()))
                .hasMessageContaining("PATH holds another key than what this lake has of it was hashed with");
    }

    private static List<Row> records(List<String> payloads, LocalDate day) {
        List<Row> records = new ArrayList<>();
        byte[] name = "hidden-visitor".getBytes(StandardCharsets.UTF_8);
        Timestamp at = Timestamp.from(day.atTime(11, 0).toInstant(ZoneOffset.UTC));
        for (String payload : payloads) {
            records.add(RowFactory.create(
                    name,
                    payload.getBytes(StandardCharsets.UTF_8),
                    "visits",
                    "id-1",
                    0,
                    (long) records.size(),
                    at,
                    new Row[] {RowFactory.create("hidden-header", name)}));
        }
        return records;
    }

    private List<String> visits() {
        views();
        return rows("SELECT shop, visitor, n, accounts, last, size(ids) FROM visits_1h");
    }

    private static String hash(String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(System.getenv("PATH").getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)), 0, 16);
    }

    private static long number(String text) throws GeneralSecurityException {
        return Long.parseUnsignedLong(hash(text).substring(0, 16), 16);
    }

    /** The files of the lake that have {@code bytes} in them. */
    private List<Path> files(String bytes) throws IOException {
        List<Path> found = new ArrayList<>();
        try (java.util.stream.Stream<Path> all = Files.walk(dir.resolve("lake"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (text.contains(bytes) || file.toString().contains(bytes)) {
                    found.add(file);
                }
            }
        }
        return found;
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
