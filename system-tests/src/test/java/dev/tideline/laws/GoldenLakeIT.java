package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.SharedSpark;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.operations.Verification;
import dev.tideline.serving.Views;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * This release reads the lakes that earlier ones wrote, gives their answers, and goes on with them. A release adds its own: {@code
 * mvn verify -pl system-tests -Dit.test=GoldenLakeIT -Dtideline.golden=system-tests/src/test/resources/golden/RELEASE}, and its
 * name below.
 */
@Tag("lane-c")
class GoldenLakeIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private SparkSession spark;
    private Lake lake;

    @BeforeAll
    static void writesThisReleasesLakeWhereAsked(@TempDir Path work) throws IOException {
        String folder = System.getProperty("tideline.golden");
        if (folder != null) {
            GoldenLake.write(SharedSpark.session(), work.resolve("lake"), Path.of(folder));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "0.2.0")
    void aLakeOfAnEarlierReleaseIsReadAndContinued(String release) throws IOException {
        spark = SharedSpark.session();
        GoldenLake.unzip(release, dir.resolve("lake"));
        lake = Lake.at(spark, dir.resolve("lake").toString());

        assertThat(lake.feeds().unreadable()).isEmpty();
        assertThat(lake.feeds().all()).containsOnlyKeys("clicks", "metrics");
        assertThat(GoldenLake.views(spark, lake)).containsExactlyElementsOf(GoldenLake.answers(release, "views.txt"));
        List<String> status = GoldenLake.status(lake);
        List<String> then = GoldenLake.answers(release, "status.json");
        assertThat(status).hasSameSizeAs(then);
        for (int i = 0; i < then.size(); i++) {
            assertIn(JSON.readTree(status.get(i)), JSON.readTree(then.get(i)), "");
        }
        isWhole();
        for (String feed : List.of("clicks", "metrics")) {
            goOn(History.feed(feed), GoldenLake.source(feed));
        }
        isWhole();
    }

    /** With the feed as it is shipped now: late events and new ones, then every day settled. */
    private void goOn(Feed feed, GoldenLake.Source source) {
        String samples = feed.name().equals("clicks") ? "clicks" : "samples";
        String view = feed.rollups().get(0).name() + "_1h";
        FeedTables.create(lake, feed);
        Map<LocalDate, Long> before = counts(samples, view);
        source.sendAll()
                .send(GoldenLake.TUESDAY, 3, 1)
                .send(GoldenLake.WEDNESDAY, 9, 0)
                .read(lake, feed);
        assertThat(counts(samples, view).get(GoldenLake.WEDNESDAY)).isGreaterThan(before.get(GoldenLake.WEDNESDAY));
        if (feed.name().equals("clicks")) {
            Rollback.release(lake, feed, GoldenLake.MONDAY, GoldenLake.NOW.plusSeconds(400));
            recompute(feed, GoldenLake.MONDAY);
        }
        recompute(feed, GoldenLake.TUESDAY);
        recompute(feed, GoldenLake.WEDNESDAY);

        FakeTopic topic = source.topic();
        Map<LocalDate, Long> distinct = topic.between(topic.beginning(), topic.end()).stream()
                .map(Event::sample)
                .filter(sample -> !sample.id().isEmpty())
                .collect(java.util.stream.Collectors.groupingBy(
                        Sample::date,
                        java.util.stream.Collectors.collectingAndThen(
                                java.util.stream.Collectors.toMap(
                                        Sample::id, sample -> sample, (first, later) -> first),
                                ids -> ids.values().stream()
                                        .filter(s ->
                                                feed.name().equals("metrics") || Boolean.TRUE.equals(s.get("is_valid")))
                                        .count())));
        assertThat(counts(samples, view)).isEqualTo(distinct);
    }

    private void recompute(Feed feed, LocalDate day) {
        assertThat(Recompute.run(lake, feed, day, GoldenLake.NOW.plusSeconds(500))
                        .published())
                .isTrue();
    }

    private Map<LocalDate, Long> counts(String measure, String view) {
        Views.register(spark, lake.root());
        return spark
                .sql("SELECT event_date, sum(" + measure + ") FROM " + view + " GROUP BY event_date")
                .collectAsList()
                .stream()
                .collect(java.util.stream.Collectors.toMap(
                        (Row row) -> row.getDate(0).toLocalDate(), row -> row.getLong(1)));
    }

    private void isWhole() {
        for (Feed feed : lake.feeds().all().values()) {
            assertThat(Verification.of(lake, feed, Verification.Scope.ALL, line -> {})
                            .findings())
                    .isEmpty();
        }
    }

    /** Whether {@code now} says all that {@code then} said, and perhaps more. */
    private static void assertIn(JsonNode now, JsonNode then, String at) {
        if (then.isObject()) {
            then.properties().forEach(e -> assertIn(now.path(e.getKey()), e.getValue(), at + "." + e.getKey()));
        } else if (then.isArray()) {
            assertThat(now).as(at).hasSize(then.size());
            for (int i = 0; i < then.size(); i++) {
                assertIn(now.get(i), then.get(i), at + "[" + i + "]");
            }
        } else {
            assertThat(now).as(at).isEqualTo(then);
        }
    }
}
