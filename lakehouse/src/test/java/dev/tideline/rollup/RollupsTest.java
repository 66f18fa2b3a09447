package dev.tideline.rollup;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every measure against ten lines of plain loops, over the same seeded events. */
@Tag("lane-b")
class RollupsTest {
    private static final long SEED = Long.getLong("tideline.seed", 11);
    private static final Feed FEED = FeedFile.parse("all.yaml", """
            feed: everything
            topic: everything
            schema: >
              id STRING NOT NULL, k STRING, labels MAP<STRING,STRING>, big BIGINT, small INT, x DOUBLE, d DECIMAL(12,4),
              ok BOOLEAN, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups:
              everything:
                where: small is null or small <> 13
                dimensions: [ k ]
                measures:
                  n: count()
                  n_ok: count() where ok
                  sum_big: sum(big)
                  sum_small: sum(small)
                  sum_x: sum(x)
                  sum_d: sum(d)
                  sum_d_ok: sum(d) where ok
                  min_big: min(big)
                  max_x: max(x) where ok
                  first_small: first(small)
                  last_small: last(small)
                  last_ok: last(id) where ok
                  users: distinct(id)
                  numbers: distinct(small)
                  dist: quantiles(x)
                  ids: top(k, 3)
                  never: top(id, 3) where false
                  nothing: quantiles(x) where false
                  nobody: distinct(id) where false
                derived: { mean: sum_x / n, none: n / (n - n), far: sum_big * sum_big * sum_big, plus: n + 1 }
              by_labels:
                dimensions: [ labels, "one: labels['a']" ]
                measures: { n: count() }
              by_pair:
                dimensions: [ "pair: map(id, '1', coalesce(k, ''), '1')" ]
                measures: { n: count(), last_small: last(small) }
              users: { measures: { users: distinct(id) } }
            """);
    private static final Rollup ROLLUP = FEED.rollups().get(0);
    private static final StructType EVENTS = StructType.fromDDL("""
            id STRING, k STRING, labels MAP<STRING,STRING>, big BIGINT, small INT, x DOUBLE, d DECIMAL(12,4), ok BOOLEAN,
            at TIMESTAMP, event_time TIMESTAMP, event_date DATE, kafka_topic STRING, kafka_topic_id STRING,
            kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP""");
    private static final Instant START = Instant.parse("2026-11-19T22:30:00Z");

    private static SparkSession spark;

    record Event(
            String id,
            String k,
            Long big,
            Integer small,
            Double x,
            BigDecimal d,
            Boolean ok,
            Instant at,
            String topic,
            String topicId,
            int partition,
            long offset) {
        static final Comparator<Event> ORDER = Comparator.comparing(Event::at)
                .thenComparing(Event::topic)
                .thenComparing(Event::topicId)
                .thenComparing(Event::partition)
                .thenComparing(Event::offset);

        Row row() {
            return RowFactory.create(
                    id,
                    k,
                    null,
                    big,
                    small,
                    x,
                    d,
                    ok,
                    Timestamp.from(at),
                    Timestamp.from(at),
                    Date.valueOf(at.atZone(ZoneOffset.UTC).toLocalDate()),
                    topic,
                    topicId,
                    partition,
                    offset,
                    Timestamp.from(at));
        }
    }

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @ParameterizedTest
    @EnumSource(Grain.class)
    void equalsPlainLoops(Grain grain) {
        List<Event> events = events(new Random(SEED), 400);

        Map<String, Row> found = read(merged(Rollups.partial(frame(events), ROLLUP), grain));

        Map<String, List<Event>> groups = groups(events, grain);
        assertThat(found.keySet()).as("seed %s", SEED).isEqualTo(groups.keySet());
        groups.forEach((key, group) -> assertRow(key, found.get(key), group));
    }

    @Test
    void areMadeOfTheFieldsThatTheyRead() {
        Dataset<Row> events = frame(events(new Random(SEED + 2), 50));
        for (Rollup rollup : FEED.rollups()) {
            Set<String> reads = Rollups.reads(rollup);
            Column[] few = Stream.of(events.columns())
                    .filter(name -> reads.contains(name) || name.matches("event_(time|date)|kafka_.*"))
                    .map(name -> col(name))
                    .toArray(Column[]::new);
            assertThat(Rollups.partial(events.select(few), rollup).schema())
                    .isEqualTo(Rollups.partial(events, rollup).schema());
        }
        assertThat(Rollups.reads(ROLLUP)).contains("big", "ok").doesNotContain("labels", "at");
        assertThat(Rollups.reads(FEED.rollups().get(1))).containsExactly("labels");
    }

    @Test
    void orderAndGroupingDoNotMatter() {
        Random random = new Random(SEED + 1);
        List<Event> events = events(random, 400);
        Map<String, Row> atOnce = read(merged(Rollups.partial(frame(events), ROLLUP), Grain.HOUR));
        List<Dataset<Row>> parts = new ArrayList<>();
        int from = 0;
        while (from < events.size()) {
            int to = Math.min(events.size(), from + 60 + random.nextInt(120));
            parts.add(Rollups.partial(frame(events.subList(from, to)), ROLLUP));
            from = to;
        }
        java.util.Collections.shuffle(parts, random);
        Dataset<Row> left = parts.get(0);
        for (Dataset<Row> part : parts.subList(1, parts.size())) {
            boolean mergeNow = random.nextBoolean();
            left = mergeNow ? Rollups.merge(left.union(part), ROLLUP) : part.union(left);
        }

        Map<String, Row> hourFromMinutes = read(merged(Rollups.merge(left, ROLLUP), Grain.HOUR));

        assertThat(hourFromMinutes.keySet()).isEqualTo(atOnce.keySet());
        groups(events, Grain.HOUR).forEach((key, group) -> {
            assertRow(key, atOnce.get(key), group);
            assertRow(key, hourFromMinutes.get(key), group);
        });
    }

    @Test
    void sumsOfLargeIntegersAreExactWhereALongWouldOverflow() {
        List<Event> events = new ArrayList<>();
        for (long big : new long[] {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, -1, Long.MIN_VALUE, 4294967296L}) {
            events.add(new Event(
                    "i",
                    "k",
                    big,
                    Integer.MAX_VALUE,
                    1e300,
                    new BigDecimal("99999999.9999"),
                    true,
                    START,
                    "t",
                    "u",
                    0,
                    events.size()));
        }

        Row row = read(merged(Rollups.partial(frame(events), ROLLUP), Grain.MINUTE))
                .values()
                .iterator()
                .next();

        assertThat(row.getDecimal(row.fieldIndex("sum_big")).toBigInteger())
                .isEqualTo(
                        events.stream().map(e -> BigInteger.valueOf(e.big())).reduce(BigInteger.ZERO, BigInteger::add));
        assertThat(row.<Long>getAs("sum_small")).isEqualTo(6L * Integer.MAX_VALUE);
        assertThat(row.isNullAt(row.fieldIndex("far")))
                .as("an overflow has no answer")
                .isTrue();
        assertThat(row.isNullAt(row.fieldIndex("none")))
                .as("a division by zero has no answer")
                .isTrue();
        assertThat(row.<Long>getAs("plus")).isEqualTo(7L);
    }

    /** Java's arithmetic would make it -6446744073709551606. */
    @Test
    void aProductThatOverflowsIsNullAndNoOtherNumber() {
        Rollup orders = FeedFile.parse("orders.yaml", """
                feed: orders
                topic: orders
                schema: id STRING NOT NULL, unit BIGINT, quantity BIGINT, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups:
                  orders:
                    dimensions: [ "large: unit * quantity > 5" ]
                    measures: { n: count(), revenue: sum(unit * quantity), most: max(unit + unit), some: sum(unit) where unit * quantity > 0 }
                """).rollups().get(0);
        Dataset<Row> events = spark.sql("SELECT TIMESTAMP'2026-11-20T12:00:00Z' AS event_time,"
                + " DATE'2026-11-20' AS event_date, unit, quantity"
                + " FROM VALUES (4000000000000000000L, 3L), (5000000000000000000L, 2L) AS t(unit, quantity)");
        Row row = merged(orders, Rollups.partial(events, orders), Grain.MINUTE).head();
        assertThat(row.isNullAt(row.fieldIndex("large"))).isTrue();
        assertThat(row.<Long>getAs("n")).isEqualTo(2);
        assertThat(row.isNullAt(row.fieldIndex("revenue"))).isTrue();
        assertThat(row.<Long>getAs("most")).isEqualTo(8_000_000_000_000_000_000L);
        assertThat(row.isNullAt(row.fieldIndex("some"))).isTrue();
    }

    @Test
    void givesTheSameWindowsInAnySessionsZone() {
        List<Event> events = events(new Random(SEED + 2), 200);
        Set<String> utc =
                read(merged(Rollups.partial(frame(events), ROLLUP), Grain.HOUR)).keySet();
        for (String zone : List.of("Asia/Kolkata", "America/St_Johns", "Pacific/Auckland")) {
            spark.conf().set("spark.sql.session.timeZone", zone);
            try {
                assertThat(read(merged(Rollups.partial(frame(events), ROLLUP), Grain.HOUR))
                                .keySet())
                        .as(zone)
                        .isEqualTo(utc);
            } finally {
                spark.conf().set("spark.sql.session.timeZone", "UTC");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Grain.class)
    void windowsStartAtMultiplesOfTheirLengthBeforeAndAfter1970(Grain grain) {
        for (String time : List.of("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2026-11-20T23:59:59.999Z")) {
            Instant at = Instant.parse(time);
            Row row = spark.range(1)
                    .select(lit(Timestamp.from(at)).as("at"))
                    .select(grain.start(col("at")), Grain.date(col("at")).cast("string"))
                    .head();

            assertThat(row.getTimestamp(0).toInstant()).isEqualTo(at.truncatedTo(unit(grain)));
            assertThat(row.getString(1)).isEqualTo(time.substring(0, 10));
        }
    }

    @Test
    void groupsByLabelsAndNamesEachSeries() {
        Rollup rollup = FEED.rollups().get(1);
        List<Row> rows = new ArrayList<>();
        List<Map<String, String>> labels =
                List.of(Map.of(), Map.of("a", "1"), Map.of("a", "1", "b", "2"), Map.of("b", "2"));
        for (int i = 0; i < 40; i++) {
            Row event = new Event("i", "k", 1L, 1, 1.0, null, true, START, "t", "u", 0, i).row();
            Object[] values = new Object[event.size()];
            for (int c = 0; c < values.length; c++) {
                values[c] = c == 2 ? sorted(labels.get(i % 4)) : event.get(c);
            }
            rows.add(RowFactory.create(values));
        }

        List<Row> found = merged(
                        rollup,
                        Rollups.partial(spark.createDataFrame(rows, EVENTS).repartition(3), rollup),
                        Grain.HOUR)
                .collectAsList();

        assertThat(found)
                .hasSize(4)
                .allSatisfy(r -> assertThat(r.<Long>getAs("n")).isEqualTo(10));
        assertThat(found)
                .extracting(r -> r.<Long>getAs("series_id"))
                .doesNotHaveDuplicates()
                .doesNotContainNull();
        assertThat(found).extracting(r -> r.<String>getAs("one")).containsExactlyInAnyOrder("1", "1", null, null);
    }

    @Test
    void distinctCountsAreEqualInWhateverGroupingTheyAreMerged() {
        Rollup rollup = FEED.rollups().get(3);
        Dataset<Row> partials = Rollups.partial(
                spark.range(4000)
                        .selectExpr(
                                "concat('id-', id % 1500) AS id",
                                "timestamp_seconds(1763600400 + (id * 7919) % 40 * 60) AS event_time",
                                "DATE'2025-11-20' AS event_date"),
                rollup);
        List<Long> found = new ArrayList<>();
        for (int parts : new int[] {1, 2, 5, 13}) {
            Dataset<Row> grouped = partials.repartition(parts, col("window_start"));
            found.add(merged(rollup, grouped, Grain.HOUR).first().getAs("users"));
            found.add(grouped.selectExpr("distinct_estimate(hll_union_agg(users_sketch))")
                    .first()
                    .getLong(0));
        }

        assertThat(found).hasSize(8).allSatisfy(users -> assertThat(users).isEqualTo(found.get(0)));
        assertThat(found.get(0)).isBetween(1470L, 1530L);
    }

    @Test
    void aMapIsOneKeyInWhateverOrderItWasMade() {
        Rollup rollup = FEED.rollups().get(2);
        List<Row> rows = List.of(
                new Event("a", "b", 1L, 1, 1.0, null, true, START, "t", "u", 0, 1).row(),
                new Event("b", "a", 1L, 2, 1.0, null, true, START, "t", "u", 0, 2).row(),
                new Event("c", "a", 1L, 3, 1.0, null, true, START, "t", "u", 0, 3).row());

        Dataset<Row> partials = Rollups.partial(spark.createDataFrame(rows, EVENTS), rollup);

        assertThat(merged(rollup, partials, Grain.MINUTE)
                        .selectExpr("to_json(pair)", "n", "last_small")
                        .collectAsList())
                .extracting(Row::toString)
                .containsExactlyInAnyOrder("[{\"a\":\"1\",\"b\":\"1\"},2,2]", "[{\"a\":\"1\",\"c\":\"1\"},1,3]");
    }

    private static scala.collection.immutable.Map<String, String> sorted(Map<String, String> map) {
        return scala.collection.immutable.Map.from(scala.jdk.javaapi.CollectionConverters.asScala(new TreeMap<>(map)));
    }

    private static void assertRow(String key, Row row, List<Event> group) {
        String seed = "seed " + SEED + ", " + key + " ";
        List<Event> ok = group.stream().filter(e -> Boolean.TRUE.equals(e.ok())).toList();
        List<Integer> smalls =
                group.stream().map(Event::small).filter(Objects::nonNull).toList();
        List<Double> xs =
                group.stream().map(Event::x).filter(Objects::nonNull).sorted().toList();
        Map<String, Object> exact = new HashMap<>();
        exact.put("n", (long) group.size());
        exact.put("plus", group.size() + 1L);
        exact.put("n_ok", (long) ok.size());
        exact.put(
                "sum_small",
                smalls.isEmpty() ? null : smalls.stream().mapToLong(i -> i).sum());
        exact.put(
                "min_big",
                group.stream()
                        .map(Event::big)
                        .filter(Objects::nonNull)
                        .min(Comparator.naturalOrder())
                        .orElse(null));
        exact.put(
                "max_x",
                ok.stream()
                        .map(Event::x)
                        .filter(Objects::nonNull)
                        .max(Comparator.naturalOrder())
                        .orElse(null));
        exact.put(
                "first_small",
                edge(group.stream()
                        .filter(e -> e.small() != null)
                        .min(Event.ORDER)
                        .orElse(null)));
        exact.put(
                "last_small",
                edge(group.stream()
                        .filter(e -> e.small() != null)
                        .max(Event.ORDER)
                        .orElse(null)));
        exact.put("last_ok", ok.stream().max(Event.ORDER).map(Event::id).orElse(null));
        exact.put("nobody", 0L);
        exact.put("nothing_p50", null);
        exact.forEach((name, value) ->
                assertThat(row.<Object>getAs(name)).as(seed + name).isEqualTo(value));

        assertDecimal(
                seed + "sum_big",
                row.getAs("sum_big"),
                group.stream()
                        .map(Event::big)
                        .filter(Objects::nonNull)
                        .map(BigDecimal::valueOf)
                        .reduce(BigDecimal::add)
                        .orElse(null));
        assertDecimal(
                seed + "sum_d",
                row.getAs("sum_d"),
                group.stream()
                        .map(Event::d)
                        .filter(Objects::nonNull)
                        .reduce(BigDecimal::add)
                        .orElse(null));
        assertDecimal(
                seed + "sum_d_ok",
                row.getAs("sum_d_ok"),
                ok.stream()
                        .map(Event::d)
                        .filter(Objects::nonNull)
                        .reduce(BigDecimal::add)
                        .orElse(null));
        Double sum = row.getAs("sum_x");
        if (xs.isEmpty()) {
            assertThat(sum).as(seed).isNull();
            assertThat(row.<Object>getAs("dist_p50")).as(seed).isNull();
        } else {
            double expected = xs.stream().mapToDouble(x -> x).sum();
            double scale = xs.stream().mapToDouble(Math::abs).sum();
            assertThat(sum).as(seed + "sum_x").isCloseTo(expected, within(1e-9 * scale));
            assertThat(row.<Double>getAs("mean")).as(seed).isCloseTo(expected / group.size(), within(1e-9 * scale));
            assertRank(seed, xs, row.getAs("dist_p50"), 0.5);
            assertRank(seed, xs, row.getAs("dist_p95"), 0.95);
        }
        long users = new HashSet<>(group.stream().map(Event::id).toList()).size();
        assertThat(row.<Long>getAs("users")).as(seed + "users").isCloseTo(users, within((long)
                Math.ceil(0.06 * users)));
        assertThat(row.<Long>getAs("numbers")).as(seed).isCloseTo(new HashSet<>(smalls).size(), within((long)
                Math.ceil(0.06 * smalls.size())));
        assertThat(row.getList(row.fieldIndex("never"))).as(seed + "never").isEmpty();
        String k = group.get(0).k();
        List<Row> top = row.getList(row.fieldIndex("ids"));
        assertThat(top).as(seed + "ids").hasSize(k == null ? 0 : 1);
        if (k != null) {
            assertThat(top.get(0).getString(0)).isEqualTo(k);
            assertThat(top.get(0).getLong(1)).isEqualTo(group.size());
        }
    }

    /** A KLL sketch with k = 200 is exact for few values and within 1.65 % of the rank beyond (two sides, 99 %). */
    private static void assertRank(String seed, List<Double> sorted, double value, double rank) {
        double below = sorted.stream().filter(x -> x < value).count() / (double) sorted.size();
        double upTo = sorted.stream().filter(x -> x <= value).count() / (double) sorted.size();
        double error = 0.03 + 1.0 / sorted.size();
        assertThat(rank).as(seed + "p" + rank + " = " + value).isBetween(below - error, upTo + error);
    }

    /** Each measure alone, as of days on which it is missing; the condition counts for those alone that a merge does not make NULL. */
    @Test
    void aMeasureThatIsMissingIsNullAndWhatIsDerivedFromIt() {
        Dataset<Row> partials = Rollups.partial(frame(events(new Random(SEED), 30)), ROLLUP);
        Map<String, Column> unknown = new HashMap<>();
        ROLLUP.measures().stream()
                .filter(measure -> !measure.isNullOfNulls())
                .forEach(measure -> unknown.put(measure.name(), lit(true)));
        List<Row> rows = Rollups.finish(
                        Rollups.merge(
                                partials.withColumns(Rollups.missing(Decoding.events(FEED), ROLLUP)),
                                ROLLUP,
                                lit(true).as("provisional")),
                        ROLLUP,
                        unknown)
                .collectAsList();

        assertThat(rows).isNotEmpty().allSatisfy(row -> {
            for (String column : row.schema().fieldNames()) {
                if (!Set.of("window_start", "event_date", "k", "provisional").contains(column)) {
                    assertThat(row.<Object>getAs(column)).as(column).isNull();
                }
            }
        });
    }

    private static void assertDecimal(String what, BigDecimal found, BigDecimal expected) {
        if (expected == null) {
            assertThat(found).as(what).isNull();
        } else {
            assertThat(found).as(what).isEqualByComparingTo(expected);
        }
    }

    private static Integer edge(Event event) {
        return event == null ? null : event.small();
    }

    private static Map<String, List<Event>> groups(List<Event> events, Grain grain) {
        Map<String, List<Event>> groups = new TreeMap<>();
        events.stream()
                .filter(e -> e.small() == null || e.small() != 13)
                .forEach(e -> groups.computeIfAbsent(
                                e.at().truncatedTo(unit(grain)) + "|" + e.k(), k -> new ArrayList<>())
                        .add(e));
        return groups;
    }

    private static ChronoUnit unit(Grain grain) {
        return grain == Grain.MINUTE ? ChronoUnit.MINUTES : ChronoUnit.HOURS;
    }

    private static Dataset<Row> merged(Dataset<Row> partials, Grain grain) {
        return merged(ROLLUP, partials, grain);
    }

    private static Dataset<Row> merged(Rollup rollup, Dataset<Row> partials, Grain grain) {
        return Rollups.finish(
                Rollups.merge(
                        Rollups.widen(partials.withColumn("provisional", lit(true)), grain),
                        rollup,
                        org.apache.spark.sql.functions.max("provisional").as("provisional")),
                rollup);
    }

    private static Map<String, Row> read(Dataset<Row> rows) {
        Map<String, Row> found = new TreeMap<>();
        rows.collectAsList()
                .forEach(r -> assertThat(found.put(
                                r.<Timestamp>getAs("window_start").toInstant() + "|" + r.<String>getAs("k"), r))
                        .as("a key twice")
                        .isNull());
        return found;
    }

    private static Dataset<Row> frame(List<Event> events) {
        return spark.createDataFrame(events.stream().map(Event::row).toList(), EVENTS);
    }

    /** Few minutes, few keys and many equal times, so that groups are full of ties and of NULLs. */
    private static List<Event> events(Random random, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Instant at = START.plusSeconds(random.nextInt(40) * 180L).plusMillis(random.nextInt(2) * 500L);
            int id = random.nextInt(200);
            events.add(new Event(
                    id < 8 ? "" : "id-" + id,
                    random.nextInt(6) == 0 ? null : "k" + random.nextInt(2),
                    random.nextInt(3) == 0 ? null : random.nextLong(),
                    random.nextInt(3) == 0 ? null : random.nextInt(20),
                    random.nextInt(3) == 0 ? null : random.nextGaussian() * Math.pow(10, random.nextInt(8)),
                    random.nextInt(3) == 0
                            ? null
                            : BigDecimal.valueOf(random.nextInt(), 4).setScale(4, RoundingMode.HALF_UP),
                    random.nextInt(4) == 0 ? null : random.nextBoolean(),
                    at,
                    "t" + random.nextInt(2),
                    "u" + random.nextInt(2),
                    random.nextInt(2),
                    i));
        }
        java.util.Collections.shuffle(events, random);
        return events;
    }
}
