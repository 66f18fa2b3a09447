package dev.tideline.bench;

import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.alerts.evaluate.Evaluator;
import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Upkeep;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.operations.DirtyDays;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.Topics;
import dev.tideline.serving.Views;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What everything takes on a lake with a long past beside one of a week, which have the same yesterday and today: ten years of
 * days, 100,000 runs, five incarnations of topics of 1,000 partitions beside seven days, 20 runs, one topic of four. Every answer is checked.
 */
final class AgeMeasure implements Measure {
    private static final int SERIES = 10_000;
    private static final Duration KEEP = Duration.ofDays(2);
    private static final String RULES = """
            groups:
              - name: age
                rules:
                  - alert: Host
                    expr: |
                      SELECT window_start, labels['host'] AS host, max AS value FROM metrics_1m
                      WHERE metric = 'metric_07' AND labels['host'] = 'host-00001'
                        AND window_start >= :from AND window_start < :to
                    condition: "> 5"
                  - alert: DayIsDirty
                    expr: SELECT feed, day, CAST(dirty AS INT) AS value FROM pipeline_days
                    condition: "> 0"
            """;

    @Override
    public int row() {
        return 13;
    }

    @Override
    public String name() {
        return "age";
    }

    @Override
    public boolean onlyByName() {
        return true;
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Instant now = Instant.now();
        int series = site.size().quick() ? SERIES / 10 : SERIES;
        Past past = site.size().quick() ? Past.SHORT : Past.LONG;
        int rounds = 2 * site.size().rounds() + 1;
        List<Figure> figures = new ArrayList<>();
        try (Subject young = subject(site, Past.WEEK, series, now);
                Subject old = subject(site, past, series, now)) {
            for (String task : young.tasks.keySet()) {
                List<Double> youngs = new ArrayList<>();
                List<Double> olds = new ArrayList<>();
                for (int round = 0; round <= rounds; round++) {
                    young.prepare(task);
                    old.prepare(task);
                    double first = young.seconds(task);
                    double second = old.seconds(task);
                    if (round == 0) {
                        site.progress().say("%s, at first: %.3f s and %.3f s".formatted(task, first, second));
                    } else {
                        youngs.add(first);
                        olds.add(second);
                    }
                }
                double ratio = Quantile.of(olds, 50) / Quantile.of(youngs, 50);
                site.progress()
                        .say("%s: %.3f s and %.3f s, %.2f times"
                                .formatted(task, Quantile.of(youngs, 50), Quantile.of(olds, 50), ratio));
                figures.add(Figure.of(
                                13,
                                task + ", after %d days and %d runs beside a week".formatted(past.days(), past.runs()),
                                ratio,
                                "times")
                        .towards(1.3, 1.15, 1.0));
            }
        }
        return figures;
    }

    /** A lake with {@code past}, and what is done with it. */
    static Subject subject(Site site, Past past, int series, Instant now) throws Exception {
        return new Subject(site, made(site, past, series, now));
    }

    private static PastLake made(Site site, Past past, int series, Instant now) throws Exception {
        long began = System.nanoTime();
        PastLake lake = PastLake.make(past, series, site.lake(), now);
        site.progress().say("%s made in %.0f s".formatted(past, (System.nanoTime() - began) / 1e9));
        return lake;
    }

    /** One of the two lakes, and what is done with it. */
    static final class Subject implements AutoCloseable {
        private final PastLake past;
        private final SparkSession session;
        private final Topics topics;
        private final Evaluator evaluator;
        private final Map<String, Task> tasks = new LinkedHashMap<>();

        /** Checks what it did. */
        interface Task {
            void run() throws Exception;
        }

        Subject(Site site, PastLake past) {
            this.past = past;
            this.session = past.lake.apart().spark();
            Map<String, String> kafka = Map.of("bootstrap.servers", site.kafka().bootstrapServers());
            this.topics = new Topics(kafka);
            List<RuleGroup> rules = RuleFile.parse("bench", RULES).groups();
            this.evaluator = new Evaluator(past.lake, () -> rules, kafka, "alerts-" + past.past.days());
            Views.register(session, past.lake.root());
            String recent = " WHERE event_date >= DATE'" + past.yesterday() + "'";
            for (String view : List.of("clicks_by_ad", "clicks_by_ad_country", "clicks_by_segment")) {
                for (String grain : List.of("_1m", "_1h")) {
                    String table = view + grain;
                    ask(table + " since yesterday", "SELECT sum(clicks) FROM " + table + recent, past::clicksSoFar);
                }
            }
            for (String view : List.of("metrics", "metrics_by_service")) {
                for (String grain : List.of("_1m", "_1h")) {
                    ask(
                            view + grain + " since yesterday",
                            "SELECT sum(samples) FROM " + view + grain + recent,
                            () -> 3L * past.series);
                }
            }
            ask("clicks_events since yesterday", "SELECT count(*) FROM clicks_events" + recent, past::clicksSoFar);
            ask(
                    "metrics_events since yesterday",
                    "SELECT count(*) FROM metrics_events" + recent,
                    () -> 3L * past.series);
            String old = " WHERE event_date = DATE'" + past.oldest() + "'";
            ask("clicks_by_ad_1m of the oldest day", "SELECT count(*) FROM clicks_by_ad_1m" + old, () -> Past.ROWS);
            ask("metrics_1m of the oldest day", "SELECT count(*) FROM metrics_1m" + old, () -> Past.ROWS);
            tasks.put("status", () -> status(past.lake.ledgers()));
            if (!System.getProperty("tideline.home", "").isEmpty()) {
                tasks.put("bin/tideline status", () -> typedStatus(site));
            }
            tasks.put("dirty days", () -> past.feeds().forEach(feed -> same("dirty days", dirty(feed), Set.of())));
            tasks.put("an evaluation of alerts", () -> evaluate(rules));
            tasks.put("recompute", this::recompute);
            tasks.put("a micro-batch of both streams", past::writeMore);
            tasks.put("fold", this::fold);
            tasks.put("maintain", this::maintain);
        }

        /** By name, in the order in which they are done. */
        Map<String, Task> tasks() {
            return tasks;
        }

        /** What has to be there before, every time: a fold needs partials. */
        void prepare(String task) {
            if (task.equals("fold")) {
                past.writeMore();
            }
        }

        /** How long one took. */
        double seconds(String task) throws Exception {
            long began = System.nanoTime();
            tasks.get(task).run();
            return (System.nanoTime() - began) / 1e9;
        }

        private void ask(String what, String sql, LongSupplier expected) {
            tasks.put(what, () -> same(what, one(sql), expected.getAsLong()));
        }

        private long one(String sql) {
            Row row = session.sql(sql).head();
            return ((Number) row.get(0)).longValue();
        }

        private static void same(String what, Object found, Object expected) {
            if (!found.equals(expected)) {
                throw new IllegalStateException(what + ": " + found + " and not " + expected);
            }
        }

        private void status(LakeLedgers ledgers) {
            List<FeedHealth> feeds =
                    FeedHealth.of(ledgers, FeedHealth.declared(ledgers), topics, Instant.now(), past.today);
            same("feeds", feeds.size(), 2);
            for (FeedHealth feed : feeds) {
                long days = feed.days().size() + feed.older().sealed();
                same("days of " + feed.feed(), days >= past.past.days(), true);
                same("dirty days", feed.dirty(), List.of());
                same("covered", feed.coverage().behind(), 0L);
                feed.streams().forEach(stream -> same("breaks", stream.breaks(), List.of()));
            }
        }

        private void typedStatus(Site site) throws Exception {
            Path words = Files.createTempFile(site.dir(), "status", ".out");
            String said = SmallMeasure.run(
                    words,
                    "status",
                    "--set",
                    "lake=" + past.lake.root(),
                    "--set",
                    "kafka.bootstrap.servers=" + site.kafka().bootstrapServers());
            same("both feeds are clean", said.split("dirty days: none", -1).length, 3);
        }

        private Set<Object> dirty(Feed feed) {
            return DirtyDays.find(past.lake, feed, past.today).stream().collect(Collectors.toSet());
        }

        private void evaluate(List<RuleGroup> rules) {
            evaluator.evaluate(rules.get(0), rules, past.now.plusSeconds(90));
            evaluator.restate(rules, past.now.plusSeconds(90));
            same("alerts", new AlertLedger(past.lake).last().isPresent(), true);
        }

        private void recompute() {
            Recompute.Outcome outcome = Recompute.run(past.lake, past.clicks, past.yesterday(), Instant.now());
            same(outcome.reason(), outcome.published(), true);
            same("events", outcome.counts().get("events"), (long) PastLake.CLICKS);
        }

        private void fold() {
            new Upkeep(past.lake, past.clicks, line -> {}).fold(Instant.now());
            checkClicks();
        }

        private void maintain() {
            for (Feed feed : past.feeds()) {
                Upkeep upkeep = new Upkeep(past.lake, feed, line -> {});
                Instant now = Instant.now();
                upkeep.fold(now);
                upkeep.retire(KEEP, now, Set.copyOf(DirtyDays.find(past.lake, feed, past.today)));
                upkeep.compact();
            }
            checkClicks();
        }

        private void checkClicks() {
            String recent =
                    "SELECT sum(clicks) FROM clicks_by_ad_1m WHERE event_date >= DATE'" + past.yesterday() + "'";
            same("clicks", one(recent), past.clicksSoFar());
        }

        @Override
        public void close() {
            evaluator.close();
            topics.close();
        }
    }
}
