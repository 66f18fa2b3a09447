package dev.tideline.serve.http;

import static org.apache.spark.sql.functions.col;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.operations.Completeness;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.NotFound;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Rollup;
import dev.tideline.serving.Access;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.NewestSnapshots;
import dev.tideline.serving.RollupQuery;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * The questions that can be asked by HTTP. Each is a {@link RollupQuery} at one snapshot, and its answer says how fresh
 * that moment is, how complete the period, which generations answer for its days, and whether anything is provisional.
 */
final class Api implements AutoCloseable {
    static final int MOST_ROWS = 10_000;
    private static final int MOST_ADS = 1000;
    private static final int MOST_DAYS = 366;
    private static final Duration DEFAULT_PERIOD = Duration.ofHours(1);

    private final Lake lake;
    private final NewestSnapshots snapshots;
    private final RecentAnswers recent = new RecentAnswers();
    private final Map<String, String> kafka;
    private final Map<String, Completeness> completeness = new ConcurrentHashMap<>();
    private final Aside aside = new Aside();

    /**
     * @param kafka settings for Kafka clients; without {@code bootstrap.servers} completeness is not known
     */
    Api(Lake lake, Map<String, String> kafka) {
        this.lake = lake;
        this.snapshots = new NewestSnapshots(lake);
        this.kafka = kafka;
    }

    /** {@code GET /v1/ads/{ad_id}/clicks}: the clicks of one ad in a period, in one sum or in steps. */
    Map<String, Object> clicks(Parameters asked, Access access) {
        Feed feed = feed("clicks", access);
        Map<String, String> filter = new LinkedHashMap<>(Map.of("ad_id", asked.path("ad_id")));
        asked.filter().forEach((name, value) -> {
            if (filter.putIfAbsent(name, value) != null) {
                throw new CannotException("Cannot filter by " + name + ": the path says it");
            }
        });
        Rollup rollup = rollup(feed, "clicks", filter.keySet());
        Period period = Period.of(asked);
        RollupQuery query = period.ask(rollup, asked.duration("step"), List.of(), filter);
        Answer answer = answer(feed, query);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ad_id", Long.parseLong(asked.path("ad_id")));
        if (query.step().isPresent()) {
            json.put("points", answer.rows);
        } else {
            json.put("clicks", answer.rows.isEmpty() ? 0L : answer.rows.get(0).get("clicks"));
        }
        return answer.about(json);
    }

    /** {@code GET /v1/ads/top}: the ads with most clicks in the last so many minutes. */
    Map<String, Object> topAds(Parameters asked, Access access) {
        Feed feed = feed("clicks", access);
        int count = asked.count("count", 10, MOST_ADS);
        Duration window = asked.duration("window").orElse(Duration.ofMinutes(10));
        Map<String, String> filter = asked.filter();
        List<String> names =
                Stream.concat(Stream.of("ad_id"), filter.keySet().stream()).toList();
        Period period = Period.last(window);
        RollupQuery query = period.ask(rollup(feed, "clicks", names), Optional.empty(), List.of("ad_id"), filter);
        Answer answer = answer(feed, query, OptionalInt.of(count));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "ads",
                answer.rows.stream()
                        .map(row -> {
                            Map<String, Object> ad = new LinkedHashMap<>();
                            ad.put("ad_id", row.get("ad_id"));
                            ad.put("clicks", row.get("clicks"));
                            return ad;
                        })
                        .toList());
        return answer.about(json);
    }

    /** {@code GET /v1/metrics/{metric}}: one statistic of a metric over a period, a series for each group. */
    Map<String, Object> metric(Parameters asked, Access access) {
        Feed feed = feed("metrics", access);
        String stat = asked.text("stat").orElse("avg");
        List<String> by = asked.names("by");
        Map<String, String> filter = new LinkedHashMap<>(asked.filter());
        filter.put("metric", asked.path("metric"));
        List<String> names =
                Stream.concat(by.stream(), filter.keySet().stream()).toList();
        Rollup rollup = rollup(feed, stat, names);
        Period period = Period.of(asked);
        RollupQuery query =
                period.ask(rollup, Optional.of(asked.duration("step").orElse(period.step())), by, filter);
        String column = statistic(rollup, stat).orElseThrow();
        Answer answer = answer(feed, query);
        Map<Map<String, Object>, List<Object>> series = new LinkedHashMap<>();
        for (Map<String, Object> row : answer.rows) {
            Map<String, Object> labels = new LinkedHashMap<>();
            by.forEach(name -> labels.put(name, row.get(name)));
            Map<String, Object> point = new LinkedHashMap<>();
            point.put("window_start", row.get("window_start"));
            point.put("value", row.get(column));
            point.put("provisional", row.get("provisional"));
            series.computeIfAbsent(labels, l -> new ArrayList<>()).add(point);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("metric", asked.path("metric"));
        json.put("stat", stat);
        json.put("step_seconds", query.step().orElseThrow().toSeconds());
        List<Object> all = new ArrayList<>();
        series.forEach((labels, points) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("labels", labels);
            one.put("points", points);
            all.add(one);
        });
        json.put("series", all);
        return answer.about(json);
    }

    /** {@code GET /v1/rollups}: what this lake can be asked, of every feed that {@code access} sees. */
    Map<String, Object> rollups(Access access) {
        List<Object> all = new ArrayList<>();
        for (Feed feed : feeds(access).values()) {
            for (Rollup rollup : feed.rollups()) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("rollup", rollup.name());
                one.put("feed", feed.name());
                one.put("dimensions", dimensions(rollup));
                one.put("measures", columns(rollup));
                all.add(one);
            }
        }
        return Map.of("rollups", all);
    }

    /** {@code GET /v1/rollups/{rollup}}: any rollup of any feed, with all of its measures. */
    Map<String, Object> rollup(Parameters asked, Access access) {
        String name = asked.path("rollup");
        for (Feed feed : feeds(access).values()) {
            Optional<Rollup> rollup = feed.rollup(name);
            if (rollup.isPresent()) {
                RollupQuery query =
                        Period.of(asked).ask(rollup.get(), asked.duration("step"), asked.names("by"), asked.filter());
                Answer answer = answer(feed, query);
                Map<String, Object> json = new LinkedHashMap<>();
                json.put("rollup", name);
                json.put("rows", answer.rows);
                return answer.about(json);
            }
        }
        throw new NotFound("Cannot answer for " + Parameters.shown(name) + ": the lake has no such rollup ("
                + String.join(
                        ", ",
                        feeds(access).values().stream()
                                .flatMap(feed -> feed.rollups().stream())
                                .map(Rollup::name)
                                .toList())
                + ")");
    }

    private SortedMap<String, Feed> feeds(Access access) {
        SortedMap<String, Feed> feeds = new TreeMap<>(lake.feeds().all());
        feeds.keySet().removeIf(name -> !access.sees(name));
        return feeds;
    }

    private Feed feed(String name, Access access) {
        Feed feed = feeds(access).get(name);
        if (feed == null) {
            throw new NotFound("Cannot answer: the lake has no feed " + name + " (it has "
                    + String.join(", ", feeds(access).keySet()) + "; /v1/rollups answers for any)");
        }
        return feed;
    }

    /** Of the rollups that have the statistic and can be asked by all {@code names} the one with the fewest dimensions. */
    private static Rollup rollup(Feed feed, String statistic, Iterable<String> names) {
        List<Rollup> with = feed.rollups().stream()
                .filter(rollup -> statistic(rollup, statistic).isPresent())
                .toList();
        if (with.isEmpty()) {
            throw new CannotException("Cannot answer " + Parameters.shown(statistic) + ": the feed " + feed.name()
                    + " has "
                    + String.join(
                            ", ",
                            feed.rollups().stream()
                                    .flatMap(rollup -> columns(rollup).stream())
                                    .distinct()
                                    .toList()));
        }
        return with.stream()
                .filter(rollup -> {
                    for (String name : names) {
                        if (!RollupQuery.knows(rollup, name)) {
                            return false;
                        }
                    }
                    return true;
                })
                .min(Comparator.comparingInt(rollup -> rollup.dimensions().size()))
                .orElseThrow(() -> new CannotException("Cannot answer " + statistic + " by "
                        + Parameters.shown(String.join(", ", names)) + ": no rollup has all of these ("
                        + String.join(
                                "; ",
                                with.stream()
                                        .map(rollup -> rollup.name() + ": " + String.join(", ", dimensions(rollup)))
                                        .toList())
                        + ")"));
    }

    /** The column of a statistic: its own name, or a measure's with it at the end ({@code p99} is {@code dist_p99}). */
    private static Optional<String> statistic(Rollup rollup, String name) {
        List<String> columns = columns(rollup);
        return columns.contains(name)
                ? Optional.of(name)
                : columns.stream().filter(column -> column.endsWith("_" + name)).findFirst();
    }

    /** The measures' and derived columns, without sketches, which only Spark can read. */
    private static List<String> columns(Rollup rollup) {
        return Stream.concat(
                        rollup.measures().stream().flatMap(measure -> measure.finish().keySet().stream()),
                        rollup.derived().keySet().stream())
                .filter(column -> !column.endsWith("_sketch"))
                .sorted()
                .toList();
    }

    private static List<String> dimensions(Rollup rollup) {
        return rollup.dimensions().stream().map(Dimension::name).toList();
    }

    /** Rows of one moment, and what is to be known about it. */
    private record Answer(List<Map<String, Object>> rows, Map<String, Object> moment) {
        Map<String, Object> about(Map<String, Object> json) {
            json.putAll(moment);
            return json;
        }
    }

    private Answer answer(Feed feed, RollupQuery query) {
        return answer(feed, query, OptionalInt.empty());
    }

    /** What determines the rows of an answer at one moment: those with most clicks, or all by time and groups. */
    private record Question(RollupQuery query, OptionalInt most) {
        Dataset<Row> rows(Dataset<Row> all) {
            return most.isPresent()
                    ? all.orderBy(col("clicks").desc(), col(RollupQuery.byColumn(0)))
                            .limit(most.getAsInt())
                    : ordered(all, query);
        }
    }

    private Answer answer(Feed feed, RollupQuery query, OptionalInt most) {
        Instant now = Instant.now();
        FeedSnapshot snapshot = snapshots.of(feed);
        Question question = new Question(query, most);
        List<Map<String, Object>> rows = recent.rows(
                snapshot,
                question,
                () -> query.rows(lake, snapshot)
                        .map(all -> collect(question.rows(all), query))
                        .orElse(List.of()));
        Map<String, Object> moment = new LinkedHashMap<>();
        moment.put("from", query.from());
        moment.put("to", query.to());
        moment.put("provisional", rows.stream().anyMatch(row -> Boolean.TRUE.equals(row.get("provisional"))));
        moment.put("generations", generations(snapshot, query));
        moment.put("unavailable", texts(snapshot.unavailable(query.rollup(), firstDay(query), lastDay(query))));
        Map<String, List<String>> missing = new LinkedHashMap<>();
        snapshot.missing(query.rollup(), firstDay(query), lastDay(query))
                .forEach((measure, days) -> missing.put(measure, texts(days)));
        moment.put("missing", missing);
        moment.put("completeness", completeness(feed, snapshot, query, now));
        moment.put("freshness", freshness(snapshot, now));
        return new Answer(rows, moment);
    }

    private static List<String> texts(List<LocalDate> days) {
        return days.stream().map(LocalDate::toString).toList();
    }

    private static Dataset<Row> ordered(Dataset<Row> rows, RollupQuery query) {
        List<Column> order = new ArrayList<>(List.of(col("window_start")));
        for (int i = 0; i < query.by().size(); i++) {
            order.add(col(RollupQuery.byColumn(i)));
        }
        return rows.orderBy(order.toArray(Column[]::new));
    }

    private static List<Map<String, Object>> collect(Dataset<Row> rows, RollupQuery query) {
        List<Row> collected = rows.limit(MOST_ROWS + 1).collectAsList();
        if (collected.size() > MOST_ROWS) {
            throw new CannotException("Cannot answer: there are more than " + MOST_ROWS
                    + " rows (a shorter period, longer steps, fewer groups, or a filter)");
        }
        return collected.stream().map(row -> json(row, query)).toList();
    }

    private static Map<String, Object> json(Row row, RollupQuery query) {
        Map<String, Object> json = new LinkedHashMap<>();
        StructField[] fields = row.schema().fields();
        for (int i = 0; i < fields.length; i++) {
            if (!fields[i].dataType().equals(DataTypes.BinaryType)) {
                json.put(name(fields[i].name(), query), value(row.get(i)));
            }
        }
        return json;
    }

    /** Columns of groups by the names that were asked for. */
    private static String name(String column, RollupQuery query) {
        for (int i = 0; i < query.by().size(); i++) {
            if (column.equals(RollupQuery.byColumn(i))) {
                return query.by().get(i);
            }
        }
        return column;
    }

    private static Object value(Object value) {
        if (value instanceof Timestamp time) {
            return time.toInstant();
        }
        if (value instanceof Row row) {
            Map<String, Object> json = new LinkedHashMap<>();
            for (int i = 0; i < row.size(); i++) {
                json.put(row.schema().fieldNames()[i], value(row.get(i)));
            }
            return json;
        }
        if (value instanceof scala.collection.Iterable<?> many) {
            List<Object> json = new ArrayList<>();
            many.foreach(one -> json.add(value(one)));
            return json;
        }
        return value;
    }

    private static List<Map<String, String>> generations(FeedSnapshot snapshot, RollupQuery query) {
        List<Map<String, String>> generations = new ArrayList<>();
        LocalDate last = lastDay(query);
        for (LocalDate day = firstDay(query); !day.isAfter(last); day = day.plusDays(1)) {
            String date = day.toString();
            snapshot.resolution().day(day).current().ifPresent(generation -> {
                Map<String, String> one = new LinkedHashMap<>();
                one.put("day", date);
                one.put("generation", generation);
                generations.add(one);
            });
        }
        return generations;
    }

    private static LocalDate firstDay(RollupQuery query) {
        return LocalDate.ofInstant(query.from(), ZoneOffset.UTC);
    }

    private static LocalDate lastDay(RollupQuery query) {
        return LocalDate.ofInstant(query.to().minusMillis(1), ZoneOffset.UTC);
    }

    /** Of the period as far as it lies behind us. */
    private Optional<Double> completeness(Feed feed, FeedSnapshot snapshot, RollupQuery query, Instant now) {
        if (!kafka.containsKey("bootstrap.servers")) {
            return Optional.empty();
        }
        Cut cut = snapshot.resolution().speed().cut();
        Instant end = query.to().isBefore(now) ? query.to() : now;
        Completeness ofFeed = completeness.computeIfAbsent(feed.name(), name -> new Completeness(kafka, feed.topic()));
        return aside.ask(() -> ofFeed.known(end, cut, now))
                .filter(OptionalDouble::isPresent)
                .map(OptionalDouble::getAsDouble);
    }

    private static Map<String, Object> freshness(FeedSnapshot snapshot, Instant now) {
        Map<String, Object> freshness = new LinkedHashMap<>();
        freshness.put("recorded_at", snapshot.speed().map(record -> record.recordedAt()));
        freshness.put(
                "seconds",
                snapshot.speed()
                        .map(record -> Math.max(
                                        0,
                                        Duration.between(record.recordedAt(), now)
                                                .toMillis())
                                / 1000.0));
        return freshness;
    }

    @Override
    public void close() {
        aside.close();
        completeness.values().forEach(Completeness::close);
    }

    /** Whole minutes, the running one among them where nobody said when it ends. */
    private record Period(Instant from, Instant to) {
        static Period of(Parameters asked) {
            Instant to = up(asked.time("to").orElseGet(Instant::now));
            Instant from = asked.time("from").orElse(to.minus(DEFAULT_PERIOD)).truncatedTo(ChronoUnit.MINUTES);
            return new Period(from, to).bounded();
        }

        static Period last(Duration window) {
            Instant to = up(Instant.now());
            return new Period(to.minus(window).truncatedTo(ChronoUnit.MINUTES), to).bounded();
        }

        private static Instant up(Instant time) {
            Instant minute = time.truncatedTo(ChronoUnit.MINUTES);
            return minute.equals(time) ? time : minute.plus(1, ChronoUnit.MINUTES);
        }

        private Period bounded() {
            if (Duration.between(from, to).toDays() > MOST_DAYS) {
                throw new CannotException(
                        "Cannot ask from " + from + " to " + to + ": a period has at most " + MOST_DAYS + " days");
            }
            return this;
        }

        /** Minutes up to six hours, then hours. */
        Duration step() {
            return Duration.between(from, to).toHours() <= 6 ? Duration.ofMinutes(1) : Duration.ofHours(1);
        }

        RollupQuery ask(Rollup rollup, Optional<Duration> step, List<String> by, Map<String, String> filter) {
            return new RollupQuery(rollup, from, to, step, by, filter);
        }
    }
}
