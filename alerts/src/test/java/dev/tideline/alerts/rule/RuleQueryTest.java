package dev.tideline.alerts.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.CannotException;
import dev.tideline.spark.DeclaredRelations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("lane-b")
class RuleQueryTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Feed FEED = FeedFile.parse("metrics.yaml", """
            feed: metrics
            topic: metrics
            schema: metric STRING NOT NULL, labels MAP<STRING,STRING>, ad_id BIGINT, value DOUBLE NOT NULL, time TIMESTAMP NOT NULL
            event: { id: [ metric, time ], time: time }
            rollups:
              metrics:
                dimensions: [ metric, labels, ad_id ]
                measures: { samples: count(), sum: sum(value), latest: last(value), dist: quantiles(value), users: distinct(metric), best: "top(metric, 3)" }
                derived: { avg: sum / samples }
            """);
    private static SparkSession spark;
    private static DeclaredRelations views;

    @BeforeAll
    static void declareViews() {
        spark = LakeSession.local("local[2]", 2, Map.of()).newSession();
        spark.sql("""
                CREATE TEMPORARY VIEW rows AS SELECT TIMESTAMP'2026-01-01T12:00:00Z' + make_dt_interval(0, 0, minute) AS
                window_start, host, map('my.zone', zone, 'alertname', 'x', 'nothing', NULL) AS labels, value, minute = 1 AS provisional
                FROM VALUES (0, 'a', 'z', 0.5D), (1, 'a', 'z', 0.75D), (1, NULL, NULL, NULL), (2, 'b', 'z', 1D) AS t(minute, host, zone, value)
                """);
        Map<String, StructType> schemas = new TreeMap<>(DeclaredViews.schemas(List.of(FEED)));
        schemas.forEach(
                (name, schema) -> spark.createDataFrame(List.<Row>of(), schema).createOrReplaceTempView(name));
        schemas.put("rows", spark.table("rows").schema());
        views = DeclaredViews.of(schemas);
    }

    @Test
    void takesLabelsFromStringsAndMapsAndLeavesNullsOut() {
        Rule rule = anyRule("SELECT * FROM rows");

        assertThat(RuleQuery.samples(spark, rule, NOON, minute(2), minute(9)))
                .containsExactlyInAnyOrder(
                        sample(Map.of("host", "a", "my_zone", "z"), NOON, 0.5, false),
                        sample(Map.of("host", "a", "my_zone", "z"), minute(1), 0.75, true),
                        sample(Map.of(), minute(1), Double.NaN, true));
    }

    @Test
    void takesNumbersOfAnyTypeAndNoColumnsButTheValue() {
        Rule rule = anyRule("SELECT window_start, CAST(value AS DECIMAL(9,2)) AS value FROM rows WHERE host = 'a'");

        assertThat(RuleQuery.samples(spark, rule, minute(1), minute(2), NOON))
                .containsExactly(sample(Map.of(), minute(1), 0.75, false));
    }

    @Test
    void givesTheQueryTheBoundsWhetherItUsesThemOrNot() {
        Rule both = anyRule("SELECT window_start, date_diff(MINUTE, :from, :to) AS value FROM rows WHERE host = 'b'");
        Rule one = anyRule("SELECT window_start, value FROM rows WHERE window_start < :to - INTERVAL 1 MINUTE");

        assertThat(RuleQuery.samples(spark, both, NOON, minute(3), NOON))
                .containsExactly(sample(Map.of(), minute(2), 3, false));
        assertThat(RuleQuery.samples(spark, one, NOON, minute(2), NOON))
                .containsExactly(sample(Map.of(), NOON, 0.5, false));
    }

    @Test
    void putsRowsWithoutAWindowIntoThePresentOne() {
        Rule rule = anyRule("SELECT host, count(*) AS value FROM rows GROUP BY host HAVING host = 'a'");

        assertThat(RuleQuery.samples(spark, rule, NOON, minute(1), minute(9).plusSeconds(7)))
                .containsExactly(sample(Map.of("host", "a"), minute(9), 2, false));
        assertThat(RuleQuery.isWindowed(spark, rule)).isFalse();
        assertThat(RuleQuery.isWindowed(spark, anyRule("SELECT * FROM rows"))).isTrue();
    }

    @Test
    void failsInOneLine() {
        Rule unanalysed = anyRule("SELECT window_start, avg AS value FROM metrics_1s");
        Rule misshaped = anyRule("SELECT window_start, 1 AS ad_id FROM rows");
        Rule failing = anyRule("SELECT window_start, IF(host = 'b', raise_error('no\nrow'), value) AS value FROM rows");

        assertThatThrownBy(() -> RuleQuery.samples(spark, unanalysed, NOON, minute(3), NOON))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot evaluate rule host/HostCpuHigh: The table or view `metrics_1s` cannot be found");
        assertThatThrownBy(() -> RuleQuery.samples(spark, misshaped, NOON, minute(3), NOON))
                .hasMessage(
                        "Cannot evaluate rule host/HostCpuHigh: column ad_id is INT (as a label: CAST(ad_id AS STRING)"
                                + " AS ad_id; else leave it out); there is no column value (a number, which condition is about:"
                                + " … AS value)");
        assertThatThrownBy(() -> RuleQuery.samples(spark, failing, NOON, minute(3), NOON))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot evaluate rule host/HostCpuHigh: no");
    }

    @Test
    void refusesMoreRowsThanItLooksAt() {
        String expr =
                "SELECT TIMESTAMP'2026-01-01T12:00:00Z' AS window_start, CAST(id AS STRING) AS id, 1 AS value FROM range(%s)";
        assertThat(RuleQuery.samples(spark, anyRule(expr.formatted(1_100)), NOON, minute(1), NOON))
                .as("more than the limit, which is on those whose condition holds")
                .hasSize(1_100);
        assertThatThrownBy(() -> RuleQuery.samples(spark, anyRule(expr.formatted(100_001)), NOON, minute(1), NOON))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot evaluate rule host/HostCpuHigh: it has more than 100000 rows"
                        + " (a WHERE or GROUP BY that leaves fewer, or a higher limit)");
    }

    /** What the query tells apart and an alert's labels cannot: an innocent instance beside it is judged all the same. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ('', 0.95D), (CAST(NULL AS STRING), 0.1D)                       | {}            | 0.95
            (CAST(NULL AS STRING), 0.1D), ('', 0.2D)                        | {}            | 0.1
            (map('host.name', 'x'), 0.1D), (map('host_name', 'x'), 0.99D)   | {host_name=x} | 0.99
            (map('host.name', 'y', 'host_name', 'x'), 0.5D)                 | {host_name=x} | 0.5
            (map('a', ''), 0.5D), (map(), 0.6D)                             | {}            | 0.5
            """)
    void joinsRowsWhoseLabelsAreTheSame(String rows, String labels, double value) {
        String label = rows.contains("map(") ? "map('me', 'innocent')" : "'innocent'";
        Rule rule = anyRule("SELECT TIMESTAMP'2026-01-01T12:00:00Z' AS window_start, host, value FROM VALUES " + rows
                + ", (" + label + ", 0.7D) AS t(host, value)");
        List<Sample> samples = RuleQuery.samples(spark, rule, NOON, minute(1), NOON);
        assertThat(samples).hasSize(2);
        assertThat(samples.get(0).labels()).hasToString(labels);
        assertThat(samples.get(0).value()).isEqualTo(value);
        assertThat(samples.get(1).labels()).containsValue("innocent");
    }

    @Test
    void cutsWhatNoAlertCouldCarry() {
        Rule rule = anyRule(
                "SELECT TIMESTAMP'2026-01-01T12:00:00Z' AS window_start, 1D AS value, repeat('x', 2000000) AS big,"
                        + " map_from_arrays(transform(sequence(100, 999), i -> concat('l', i)), transform(sequence(100, 999), i -> 'v'))"
                        + " AS labels");
        Sample sample = RuleQuery.samples(spark, rule, NOON, minute(1), NOON).get(0);
        assertThat(sample.labels())
                .hasSize(64)
                .containsEntry("big", "x".repeat(1024) + "…")
                .containsKey("l100");
    }

    @Test
    void refusesRowsBesideTheRulesWindows() {
        Rule rule = anyRule("SELECT window_start + INTERVAL 1 SECOND AS window_start, value FROM rows");

        assertThatThrownBy(() -> RuleQuery.samples(spark, rule, NOON, minute(1), NOON))
                .hasMessage(
                        "Cannot evaluate rule host/HostCpuHigh: a row's window_start is 2026-01-01T12:00:01Z, where no"
                                + " window of 1m begins (another window, or group by such windows)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            SELECT window_start, avg AS value FROM metrics_1s  | expr: The table or view `metrics_1s` cannot be found (there are metrics_1h, metrics_1m, metrics_events, pipeline_days, pipeline_streams, rows)
            SELECT window_start, average AS value FROM rows    | expr: A column, variable, or function parameter with name `average` cannot be resolved among [`value`, `host`, `labels`, `provisional`, `window_start`]
            SELECT window_start, nope(value) AS value FROM rows| expr: Cannot resolve routine `nope` on search path [`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]
            SELECT window_start, value FORM rows               | expr is no query: Syntax error at or near 'rows': extra input 'rows' (line 1, pos 32) (one SELECT, or WITH … SELECT)
            SELECT window_start, host FROM rows                | there is no column value (a number, which condition is about: … AS value)
            SELECT window_start, host AS value FROM rows       | column value is STRING (a number, such as CAST(… AS DOUBLE) AS value)
            SELECT DATE'2026-01-01' AS window_start, 1 AS value| column window_start is DATE (a TIMESTAMP, the window's start)
            SELECT window_start, value, 1 AS provisional FROM rows | column provisional is INT (a BOOLEAN)
            SELECT window_start, ad_id, avg AS value FROM metrics_1m | column ad_id is BIGINT (as a label: CAST(ad_id AS STRING) AS ad_id; else leave it out)
            SELECT window_start, value, host, host FROM rows   | two columns are named host (each name once)
            SELECT window_start, value, host AS alertname FROM rows | column alertname would be a label (another name: this one is Tideline's own)
            SELECT window_start, value, upper(host) FROM rows  | column upper(host) is no name for a label (letters, digits and _: … AS name)
            SELECT window_start, rand() AS value FROM rows     | expr gives another answer each time (:to instead of the present time, nothing at random: so that the rule can be replayed)
            SELECT window_start, value FROM rows WHERE window_start < now() | expr gives another answer each time (:to instead of the present time, nothing at random: so that the rule can be replayed)
            SELECT window_start, value FROM rows WHERE value > (SELECT unix_timestamp(current_timestamp)) | expr gives another answer each time (:to instead of the present time, nothing at random: so that the rule can be replayed)
            SELECT * FROM (VALUES (1D) AS t(value) CROSS JOIN (SELECT TIMESTAMP'2026-01-01' AS window_start)) | expr hides whether there is a column window_start (name its columns, instead of *)
            DROP VIEW rows                                     | expr is no query: Syntax error at or near 'DROP' (line 1, pos 0) (one SELECT, or WITH … SELECT)
            CREATE TABLE t AS SELECT 1 AS value                | expr is no query: Syntax error at or near 'CREATE' (line 1, pos 0) (one SELECT, or WITH … SELECT)
            SELECT 1 AS value; SELECT 2 AS value               | expr is no query: Syntax error at or near ';' (line 1, pos 17) (one SELECT, or WITH … SELECT)
            """)
    void saysWhatIsWrongWithAQueryWithoutRunningIt(String expr, String problem) {
        assertThat(RuleQuery.problems(views, anyRule(expr)))
                .containsExactly("group host, rule HostCpuHigh: " + problem);
        assertThat(spark.catalog().tableExists("rows")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT window_start, event_date, labels, samples AS value FROM metrics_1h WHERE window_start >= :from",
                "SELECT host, value FROM rows WHERE window_start > now() - INTERVAL 1 HOUR",
                "SELECT feed, stream, lag AS value FROM pipeline_streams",
                "SELECT feed, CAST(day AS STRING) AS day, age_days AS value FROM pipeline_days WHERE dirty",
                "SELECT metric, value FROM metrics_events WHERE event_time < :to"
            })
    void findsNothingWrongWithASoundQuery(String expr) {
        assertThat(RuleQuery.problems(views, anyRule(expr))).isEmpty();
    }

    @Test
    void findsTheViewsThatAQueryNames() {
        Rule rule = anyRule("SELECT 1 AS value FROM `metrics_1m` m JOIN Clicks_1h USING (event_date) -- metrics_1mm");

        assertThat(RuleQuery.views(rule, List.of("metrics_1m", "metrics_1h", "clicks_1h", "m_1m")))
                .containsExactly("clicks_1h", "metrics_1m");
    }

    private static Instant minute(int n) {
        return NOON.plus(Duration.ofMinutes(n));
    }

    private static Sample sample(Map<String, String> labels, Instant window, double value, boolean provisional) {
        return new Sample(new TreeMap<>(labels), window, value, provisional);
    }

    private static Rule anyRule(String expr) {
        return new Rule(
                "host",
                "HostCpuHigh",
                expr,
                Duration.ofMinutes(1),
                new Condition(Condition.Operator.ABOVE, 0.9),
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Rule.NoData.OK,
                Rule.OnError.KEEP,
                0,
                3,
                new TreeMap<>(),
                new TreeMap<>());
    }
}
