package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.serving.Views;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/**
 * What dashboards ask, once a second, of a lake with seven published days, all like yesterday, and a day of micro-batches, folded. DuckDB is asked
 * the same of a copy of the rows.
 */
final class ViewMeasure implements Measure {
    private static final int DAYS = 7;
    private static final int FEW = 200;
    private static final int PER_SECOND = 1000;
    private static final Duration LIVE = Duration.ofMinutes(10);
    private static final int MOST_SERIES = 400;
    private static final Duration RANGE = Duration.ofHours(26);
    private static final long ROUNDS = RANGE.toMillis() / Samples.INTERVAL_MS;

    @Override
    public int row() {
        return 10;
    }

    @Override
    public String name() {
        return "view";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Lake lake = site.lake();
        Instant now = Instant.now();
        clicks(site, lake, now);
        metrics(site, lake, now);
        Views.register(site.spark(), lake.root());
        long ad = site.spark()
                .sql("SELECT ad_id FROM clicks_by_ad_1m GROUP BY 1 ORDER BY sum(clicks) DESC LIMIT 1")
                .head()
                .getLong(0);
        String today = "event_date >= DATE'%s' AND ".formatted(date(now.minus(LIVE)));
        Map<String, String> questions = new TreeMap<>(Map.of(
                "top 100 ads of the last 10 minutes",
                "SELECT ad_id, sum(clicks) AS n FROM clicks_by_ad_1m WHERE " + today + "window_start >= TIMESTAMP'"
                        + now.minus(LIVE) + "' GROUP BY ad_id ORDER BY n DESC, ad_id LIMIT 100",
                "one series over 26 hours",
                "SELECT window_start, avg, max FROM metrics_1m WHERE metric = 'metric_01' AND labels['host'] = 'host-00000' "
                        + "AND event_date >= DATE'" + date(now.minus(RANGE)) + "' ORDER BY window_start",
                "one ad's 7 days by the hour",
                "SELECT window_start, sum(clicks) AS n FROM clicks_by_ad_1h WHERE ad_id = " + ad
                        + " AND event_date >= DATE'" + date(now.minus(Duration.ofDays(DAYS)))
                        + "' GROUP BY window_start ORDER BY window_start"));
        List<Figure> figures = new ArrayList<>();
        try (Duck duck = Duck.open()) {
            for (String view : List.of("clicks_by_ad_1m", "clicks_by_ad_1h", "metrics_1m")) {
                copy(site, duck, view);
            }
            for (Map.Entry<String, String> question : questions.entrySet()) {
                figures.addAll(ask(site, duck, question.getKey(), question.getValue()));
            }
        }
        return figures;
    }

    private static void clicks(Site site, Lake lake, Instant now) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml", "view-clicks");
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        Instant start = now.minus(Duration.ofDays(1));
        LocalDate yesterday = date(start);
        long sent = send(site, feed, start, site.size().clicks() / 4, 1);
        Streams.readAll(site, lake, feed, sent, Stream.SPEED, Stream.ARCHIVE);
        Recompute.run(lake, feed, yesterday, Instant.now());
        Oracle.check(site, lake, feed, site.written(feed.topic(), generator(1, start), sent));
        AgedLake.publish(lake, feed, yesterday, DAYS - 1);
        int perSecond = site.size().quick() ? PER_SECOND / 10 : PER_SECOND;
        // Twice, so that there is something to fold.
        for (int half = 0; half < 2; half++) {
            sent += send(site, feed, now.minus(LIVE), LIVE.toSeconds() * perSecond / 2, -half);
            Streams.readAll(site, lake, feed, sent, Stream.SPEED, Stream.ARCHIVE);
        }
        AgedLake.age(lake, feed, past(site));
        Streams.fold(lake, feed);
    }

    private static long send(Site site, Feed feed, Instant start, long count, int seed) {
        try (ClickSender sender = ClickSender.to(site.kafka().bootstrapServers(), feed.topic())) {
            return sender.send(generator(seed, start), count, Pace.flatOut(), ClickSender.Receipt.NONE);
        }
    }

    private static ClickGenerator generator(int seed, Instant start) {
        return ClickGenerator.of(Site.dense(100 + seed, PER_SECOND), start);
    }

    private static void metrics(Site site, Lake lake, Instant now) throws Exception {
        Feed feed = Streams.feed("/feeds/metrics.yaml", "view-metrics");
        Samples samples = new Samples((int) Math.min(MOST_SERIES, site.size().samples() / ROUNDS), now.minus(RANGE));
        long count = ROUNDS * samples.series();
        site.send(feed, samples, count);
        Streams.readAll(site, lake, feed, count, Stream.SPEED, Stream.ARCHIVE);
        Recompute.run(lake, feed, date(now).minusDays(1), Instant.now());
        AgedLake.age(lake, feed, past(site));
        Streams.fold(lake, feed);
    }

    /** Micro-batches behind each table: of seven tables, a whole day's take long to make. */
    private static int past(Site site) {
        return site.size().quick()
                ? Math.min(site.size().past(), FEW)
                : site.size().past();
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }

    /** The rows that DuckDB will be asked, as a table of its own. */
    private static void copy(Site site, Duck duck, String view) throws SQLException {
        Path path = site.dir().resolve("copies").resolve(view);
        String columns = view.startsWith("metrics")
                ? "window_start, event_date, metric, labels, avg, max"
                : "window_start, event_date, ad_id, clicks";
        site.spark().sql("SELECT " + columns + " FROM " + view).write().parquet(path.toString());
        duck.run("CREATE TABLE " + view + " AS SELECT * FROM read_parquet('" + path + "/*.parquet')");
    }

    private static List<Figure> ask(Site site, Duck duck, String what, String sql) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        int warm = Math.min(5, site.size().seconds() / 2);
        for (int i = 0; i < warm + site.size().seconds(); i++) {
            long began = System.nanoTime();
            String found = answer(site.spark(), sql);
            double seconds = (System.nanoTime() - began) / 1e9;
            long beganDuck = System.nanoTime();
            String expected = duck.answer(sql);
            double secondsDuck = (System.nanoTime() - beganDuck) / 1e9;
            if (!found.equals(expected)) {
                throw new IllegalStateException(what + ": the view answers\n" + found + "\nand DuckDB\n" + expected);
            }
            if (i >= warm) {
                ours.add(seconds);
                theirs.add(secondsDuck);
            }
            if (!site.size().quick()) {
                Thread.sleep(Math.max(0, 1000 - (System.nanoTime() - began) / 1_000_000));
            }
        }
        return List.of(
                Figure.of(10, what + ", p50", 1000 * Quantile.of(ours, 50), "ms"),
                Figure.of(10, what + ", p99", 1000 * Quantile.of(ours, 99), "ms")
                        .towards(1500, 500, 150),
                Figure.of(10, what + ", DuckDB on a copy, p50", 1000 * Quantile.of(theirs, 50), "ms"));
    }

    private static String answer(SparkSession spark, String sql) {
        StringBuilder text = new StringBuilder();
        spark.sql(sql).collectAsList().forEach(row -> {
            for (int i = 0; i < row.length(); i++) {
                Object value = row.get(i) instanceof java.sql.Timestamp t ? t.getTime() : row.get(i);
                text.append(value).append(i < row.length() - 1 ? " " : "\n");
            }
        });
        return text.toString();
    }
}
