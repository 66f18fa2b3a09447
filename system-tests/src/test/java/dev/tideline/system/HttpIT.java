package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.SharedSpark;
import dev.tideline.app.config.Feeds;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.Topics;
import dev.tideline.serve.Tokens;
import dev.tideline.serve.http.HttpServer;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The HTTP server in this process, over a lake with clicks of yesterday. {@link ServeIT} has it in a process of its own. */
@Tag("lane-b")
class HttpIT {
    private static final String TOKEN = "a-token-of-ours";
    private static final int CLICKS = 2000;
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static HttpServer server;
    private static ClickTruth truth;
    private static int http;

    @BeforeAll
    static void serveALakeWithClicksOfYesterday() {
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        kafka.createTopic("ad-clicks", 4);
        Feed clicks = Feeds.of(Optional.empty()).named("clicks");
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
        ClickGenerator generator = ClickGenerator.of(
                Clicks.seeded(11).with(Clicks.Disorder.NONE),
                DAY.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC));
        try (Arrivals arrivals = new Arrivals(generator, kafka.bootstrapServers(), clicks.topic())) {
            arrivals.send(CLICKS);
            truth = arrivals.truth();
        }
        Map<String, String> broker = Map.of("bootstrap.servers", kafka.bootstrapServers());
        for (Stream stream : Stream.values()) {
            try (RunningStream running =
                    FeedStream.start(lake, clicks, stream, StreamOptions.of(broker, Duration.ofSeconds(1)))) {
                running.processAllAvailable();
            }
        }
        server = HttpServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                lake,
                broker,
                Tokens.whole(TOKEN),
                () -> FeedHealth.of(
                        lake.ledgers(),
                        FeedHealth.declared(lake.ledgers()),
                        new Topics(broker),
                        Instant.now(),
                        LocalDate.now(ZoneOffset.UTC)),
                (sql, format, access, out) -> out.println(format + " of " + sql),
                Duration.ofMinutes(1));
        http = server.port();
    }

    @AfterAll
    static void stop() {
        server.close();
        kafka.close();
    }

    @Test
    void whoeverHasNotTheTokenIsRefused() throws Exception {
        for (String authorization : List.of("Bearer wrong", TOKEN)) {
            HttpResponse<String> refused = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + "/v1/status"))
                            .header("Authorization", authorization)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(401);
        }
    }

    @Test
    void httpAnswersAreTheTruth() throws Exception {
        String day = "from=" + DAY + "T00:00:00Z&to=" + DAY.plusDays(1) + "T00:00:00Z";
        Map<String, Long> byAd =
                sums(ClickRollup.CLICKS_BY_AD, row -> row.dimensions().get(0));
        Map<String, Long> byCountry =
                sums(ClickRollup.CLICKS_BY_AD_COUNTRY, row -> row.dimensions().get(1));
        String ad = byAd.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();

        JsonNode one = get("/v1/ads/" + ad + "/clicks?" + day);
        assertThat(one.get("clicks").asLong()).isEqualTo(byAd.get(ad));
        assertThat(one.get("completeness").asDouble()).isEqualTo(1);
        assertThat(one.get("unavailable")).isEmpty();
        assertThat(one.at("/freshness/seconds").asDouble()).isNotNegative();

        long stepped = 0;
        for (JsonNode point : get("/v1/ads/" + ad + "/clicks?step=7m&" + day).get("points")) {
            assertThat(Instant.parse(point.get("window_start").asText()).getEpochSecond() % 420)
                    .isZero();
            stepped += point.get("clicks").asLong();
        }
        assertThat(stepped).isEqualTo(byAd.get(ad));

        JsonNode countries = get("/v1/rollups/clicks_by_ad_country?by=country&" + day);
        for (JsonNode row : countries.get("rows")) {
            assertThat(row.get("clicks").asLong())
                    .isEqualTo(byCountry.get(row.get("country").asText("")));
        }
        assertThat(countries.get("rows")).hasSize(byCountry.size());
        String country = countries.at("/rows/1/country").asText(); // the first has none
        assertThat(get("/v1/rollups/clicks_by_ad_country?filter=country:" + country + "&" + day)
                        .at("/rows/0/clicks")
                        .asLong())
                .isEqualTo(byCountry.get(country));
        assertThat(get("/v1/ads/" + ad + "/clicks?filter=country:x'%20OR%20'1'='1&" + day)
                        .get("clicks")
                        .asLong())
                .isZero();

        JsonNode top = get("/v1/ads/top?count=3&window=3d").get("ads");
        assertThat(top).hasSize(3);
        assertThat(top.get(0).get("clicks").asLong()).isEqualTo(byAd.get(ad));
        // The sketch of a day, merged from those of its minutes: the exact number is the truth's, within the error.
        double users =
                get("/v1/rollups/clicks_by_segment?" + day).at("/rows/0/users").asDouble();
        assertThat(users).isGreaterThan(1);
        assertThat(get("/v1/status").at("/feeds/0/feed").asText()).isEqualTo("clicks");
    }

    private static Map<String, Long> sums(ClickRollup rollup, Function<ClickRollup.Row, String> key) {
        return truth.rows(rollup, ClickRollup.Grain.MINUTE).stream()
                .collect(Collectors.groupingBy(key, Collectors.summingLong(ClickRollup.Row::clicks)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/ads/top?count=0 | 400 | Cannot read count=0: it takes a whole number from 1 to 1000",
                "/v1/ads/top?window=soon | 400 | Cannot read window=soon: it takes a duration such as 1m",
                "/v1/ads/top?limit=5 | 400 | Cannot read the parameter limit: there is no such one (count, filter, window)",
                "/v1/ads/x/clicks | 400 | Cannot ask for ad_id x: it is a whole number",
                "/v1/ads/1/clicks?from=now | 400 | Cannot read from=now: it takes a time such as",
                "/v1/ads/1/clicks?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z | 400 | ends after it begins",
                "/v1/ads/1/clicks?from=2000-01-02T00:00:00Z | 400 | a period has at most 366 days",
                "/v1/ads/1/clicks?step=30s | 400 | a step is whole minutes",
                "/v1/ads/1/clicks?filter=country | 400 | it takes name:value",
                "/v1/ads/1/clicks?filter=browser:x | 400 | no rollup has all of these (clicks_by_ad: ad_id, campaign_id;",
                "/v1/metrics/cpu?stat=median | 4 | Cannot answer",
                "/v1/rollups/clicks | 404 | the lake has no such rollup (clicks_by_ad,",
                "/v1/nothing | 404 | there is no such path",
            })
    void whatCannotBeAnsweredSaysWhatWouldWork(String path, String code, String why) throws Exception {
        HttpResponse<String> refused = send(path.trim());
        assertThat(Integer.toString(refused.statusCode())).startsWith(code.trim());
        assertThat(JSON.readTree(refused.body()).get("error").asText()).contains(why.trim());
    }

    @Test
    void thePageAndItsDescriptionAreThere() throws Exception {
        assertThat(send("/").body()).contains("swagger-ui-bundle.js");
        assertThat(send("/swagger-ui/5.34.1/swagger-ui-bundle.js").statusCode()).isEqualTo(200);
        JsonNode api = new com.fasterxml.jackson.dataformat.yaml.YAMLMapper()
                .readTree(send("/openapi.yaml").body());
        for (Map.Entry<String, JsonNode> path : api.get("paths").properties()) {
            if (!path.getValue().has("get")) {
                continue;
            }
            Set<String> described = new TreeSet<>();
            for (JsonNode parameter : path.getValue().at("/get/parameters")) {
                JsonNode full = parameter.has("$ref")
                        ? api.at(parameter.get("$ref").asText().substring(1))
                        : parameter;
                if (full.get("in").asText().equals("query")) {
                    described.add(full.get("name").asText());
                }
            }
            String error = JSON.readTree(send(path.getKey().replaceAll("\\{\\w+}", "1") + "?no=1")
                            .body())
                    .get("error")
                    .asText();
            assertThat(error)
                    .as(path.getKey())
                    .isEqualTo("Cannot read the parameter no: there is no such one (" + String.join(", ", described)
                            + ")");
        }
    }

    private static HttpResponse<String> send(String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = send(path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }
}
