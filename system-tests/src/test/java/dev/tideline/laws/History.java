package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.Views;
import dev.tideline.streaming.CatchUp;
import dev.tideline.streaming.MicroBatch;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One random history of one feed on real tables: every step that can happen to it, and after each the views against plain
 * loops over what was sent. The writers are the streams' own; only the broker is not there.
 */
final class History {
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 11, 18);
    private static final int DAYS = 3;

    private final SparkSession spark;
    private final Subject subject;
    private final Random random;
    private final Lake lake;
    private final Feed feed;
    private final FakeTopic topic;
    private final Maintain maintain;
    private final Map<Stream, List<MicroBatch>> drivers = new TreeMap<>();
    /** What each stream recorded, as this test saw it: where each micro-batch began and ended. */
    private final Map<Stream, List<Cut>> cuts = new TreeMap<>();

    private final List<String> steps = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-20T18:00:00Z");
    private int publishes;

    History(SparkSession spark, String root, Subject subject, long seed) throws IOException {
        this.spark = spark;
        this.subject = subject;
        this.random = new Random(seed);
        this.lake = Lake.at(spark, root);
        this.feed = feed(subject.feed());
        this.topic = new FakeTopic(feed.topic());
        this.maintain = new Maintain(lake, feed);
        FeedTables.create(lake, feed);
        for (Stream stream : Stream.values()) {
            cuts.put(stream, new ArrayList<>(List.of(topic.beginning())));
            drivers.put(stream, new ArrayList<>(List.of(run(stream), run(stream))));
        }
        Views.register(spark, root);
    }

    static Feed feed(String name) throws IOException {
        try (InputStream in = Feed.class.getResourceAsStream("/feeds/" + name + ".yaml")) {
            return FeedFile.parse(name + ".yaml", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Random steps until there were enough, then everything settled. */
    void play(int atLeast, int publishesAtLeast) {
        arrive();
        microBatch(Stream.SPEED);
        microBatch(Stream.ARCHIVE);
        while (steps.size() < atLeast || publishes < publishesAtLeast) {
            int before = steps.size();
            step();
            if (steps.size() > before) {
                check();
            }
        }
        settleAll();
        check();
        accountForEveryOffset();
    }

    List<String> steps() {
        return steps;
    }

    private void step() {
        now = now.plusSeconds(60);
        LocalDate day = someDay();
        int dice = random.nextInt(100);
        if (dice < 24) {
            arrive();
            microBatch(Stream.SPEED);
        } else if (dice < 42) {
            microBatch(Stream.ARCHIVE);
        } else if (dice < 45) {
            catchUp();
        } else if (dice < 49) {
            crash(random.nextBoolean() ? Stream.SPEED : Stream.ARCHIVE);
        } else if (dice < 73) {
            recompute(day);
        } else if (dice < 79) {
            rollBack(day);
        } else if (dice < 83) {
            release(day);
        } else if (dice < 91) {
            steps.add("fold " + day + " " + maintain.fold(day, now));
        } else if (dice < 98) {
            steps.add("prune " + day + " " + maintain.prune(day, Duration.ZERO, now));
        } else if (steps.size() > 15) {
            steps.add("seal " + day + " " + maintain.seal(day, now));
        }
    }

    private void arrive() {
        int count = 3 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            Instant timestamp = now.minusSeconds(random.nextInt(600));
            int partition = random.nextInt(2);
            if (random.nextInt(8) == 0) {
                topic.send(partition, timestamp, subject.bad(random, timestamp), null);
            } else {
                Instant time = someDay()
                        .atTime(23 - random.nextInt(2), random.nextInt(2), random.nextInt(3))
                        .toInstant(java.time.ZoneOffset.UTC)
                        .minus(6, ChronoUnit.HOURS);
                Sample sample = subject.sample(random, time);
                topic.send(partition, timestamp, subject.json(sample), sample);
            }
        }
        steps.add("arrive " + count);
    }

    /** One of two drivers works, whichever; the one whose record is not the next is refused and restarts. */
    private void microBatch(Stream stream) {
        int which = random.nextInt(2);
        MicroBatch driver = drivers.get(stream).get(which);
        Cut from = driver.last().cut().orElse(topic.beginning());
        Cut to = topic.someCutAfter(from, random);
        boolean upToDate = driver.last().seq() == cuts.get(stream).size() - 1;
        Map<String, Long> counts = driver.write(topic.frame(spark, from, to));
        boolean recorded = true;
        try {
            driver.record(from, to, counts);
        } catch (CannotException e) {
            assertThat(e).hasMessageContaining("one driver a stream");
            recorded = false;
            drivers.get(stream).set(which, run(stream));
        }
        steps.add("%s %d of driver %d to %s: %s"
                .formatted(stream.text(), driver.last().seq(), which, to.offsets(), recorded ? "recorded" : "refused"));
        assertThat(recorded)
                .as("whoever is up to date records, and nobody else")
                .isEqualTo(upToDate);
        if (recorded) {
            cuts.get(stream).add(to);
            List<Event> consumed = topic.between(from, to);
            assertThat(counts.get("consumed")).isEqualTo(consumed.size());
            assertThat(counts.get("accepted"))
                    .isEqualTo(consumed.stream().filter(Event::accepted).count());
            assertThat(counts.get("rejected")).isEqualTo(consumed.size() - counts.get("accepted"));
        }
    }

    /** One micro-batch of the speed layer from the archive instead of Kafka. */
    private void catchUp() {
        Cut end = cuts.get(Stream.ARCHIVE).get(cuts.get(Stream.ARCHIVE).size() - 1);
        Cut from = cuts.get(Stream.SPEED).get(cuts.get(Stream.SPEED).size() - 1);
        try {
            long read = CatchUp.run(lake, feed, StreamOptions.of(Map.of(), Duration.ZERO));
            assertThat(read)
                    .isEqualTo(topic.between(from, end).stream()
                            .filter(Event::accepted)
                            .count());
            if (!end.equals(from)) {
                cuts.get(Stream.SPEED).add(end);
            }
            steps.add("catch up to " + end.offsets());
        } catch (CannotException e) {
            assertThat(end.reaches(from)).isFalse();
            steps.add(e.getMessage());
        }
    }

    /** Rows without a record. */
    private void crash(Stream stream) {
        MicroBatch driver = run(stream);
        Cut from = driver.last().cut().orElse(topic.beginning());
        driver.write(topic.frame(spark, from, topic.someCutAfter(from, random)));
        drivers.get(stream).set(random.nextInt(2), run(stream));
        steps.add(stream.text() + " dies before its record");
    }

    private void recompute(LocalDate day) {
        String result;
        try {
            Recompute.Outcome outcome = Recompute.run(lake, feed, day, now);
            result = outcome.published() ? outcome.generation() : outcome.reason();
            if (outcome.published()) {
                publishes++;
                assertThat(current(day).getKey()).isEqualTo(outcome.generation());
                assertThat(current(day).getValue().seq())
                        .isEqualTo(outcome.horizon().seq());
            }
        } catch (CannotException e) {
            result = e.getMessage();
        }
        steps.add("recompute " + day + ": " + result);
    }

    private void rollBack(LocalDate day) {
        List<String> generations = new ArrayList<>(horizons(day).keySet());
        if (generations.isEmpty()) {
            return;
        }
        String generation = generations.get(random.nextInt(generations.size()));
        String result = "done";
        try {
            Rollback.to(lake, feed, day, generation, now);
            assertThat(current(day).getKey()).isEqualTo(generation);
        } catch (CannotException e) {
            result = e.getMessage();
        }
        steps.add("roll back " + day + " to " + generation + ": " + result);
    }

    private void release(LocalDate day) {
        try {
            Rollback.release(lake, feed, day, now);
            steps.add("release " + day);
        } catch (CannotException e) {
            steps.add("nothing to release " + day);
        }
    }

    /** Law 2: with nothing in flight, no answer is provisional except on sealed days. */
    private void settleAll() {
        for (Stream stream : Stream.values()) {
            cuts.get(stream).add(topic.drain(spark, run(stream)));
        }
        for (int i = 0; i < DAYS; i++) {
            release(FIRST_DAY.plusDays(i));
            recompute(FIRST_DAY.plusDays(i));
        }
        steps.add("settle all");
        for (int i = 0; i < DAYS; i++) {
            LocalDate day = FIRST_DAY.plusDays(i);
            boolean sealed = lake.days().day(feed.name(), day).sealed();
            if (!sealed && current(day) != null) {
                assertThat(lake.progress(feed, Stream.SPEED).cut(current(day).getValue()))
                        .isEqualTo(topic.end());
            }
        }
    }

    /** Law 4: the records of both streams tile. */
    private void accountForEveryOffset() {
        for (Stream stream : Stream.values()) {
            List<Progress> records = lake.progress(feed, stream).between(1, Long.MAX_VALUE);
            assertThat(Progress.breaks(records)).isEmpty();
            assertThat(records)
                    .extracting(Progress::cut)
                    .isEqualTo(cuts.get(stream).subList(1, cuts.get(stream).size()));
        }
    }

    /** Law 1, for every rollup and grain. */
    private void check() {
        Map<String, Answer> found = found();
        Map<String, List<Event>> settled = new TreeMap<>();
        Map<String, List<Event>> fresh = new TreeMap<>();
        for (int i = 0; i < DAYS; i++) {
            LocalDate day = FIRST_DAY.plusDays(i);
            Map.Entry<String, Horizon> current = current(day);
            List<Cut> speed = cuts.get(Stream.SPEED);
            long horizon = current == null ? 0 : current.getValue().seq();
            collect(settled, topic.between(topic.beginning(), speed.get((int) horizon)), day);
            for (int seq = (int) horizon + 1; seq < speed.size(); seq++) {
                collect(fresh, topic.between(speed.get(seq - 1), speed.get(seq)), day);
            }
        }
        List<String> differences = new ArrayList<>();
        Map<String, List<Event>> all = new TreeMap<>(settled);
        fresh.forEach((key, events) -> all.merge(key, events, History::together));
        all.forEach((key, events) -> {
            Subject.Question question = question(key);
            List<Double> expected = question.values(events);
            Answer answer = found.remove(key);
            boolean equal = answer != null && answer.provisional() == fresh.containsKey(key);
            for (int c = 0; equal && c < expected.size(); c++) {
                double value = answer.values().get(c);
                equal = expected.get(c).isNaN()
                        ? Double.isNaN(value)
                        : question.equal(c, value, expected.get(c), events);
            }
            if (!equal) {
                differences.add(key + " is " + answer + ", should be " + expected + " of " + events.size() + " events");
            }
        });
        found.forEach((key, answer) -> differences.add(key + " is " + answer + ", should not be"));
        assertThat(differences)
                .as("%s after%n  %s", subject.feed(), String.join("\n  ", steps))
                .isEmpty();
    }

    private void collect(Map<String, List<Event>> groups, List<Event> read, LocalDate day) {
        List<Event> ofDay = read.stream()
                .filter(e -> e.accepted() && e.sample().date().equals(day))
                .toList();
        for (Event winner : Event.winners(ofDay)) {
            for (Subject.Question question : subject.questions()) {
                if (question.counts(winner.sample())) {
                    for (ChronoUnit unit : List.of(ChronoUnit.MINUTES, ChronoUnit.HOURS)) {
                        String key = "%s_%s %d %s"
                                .formatted(
                                        question.rollup(),
                                        unit == ChronoUnit.MINUTES ? "1m" : "1h",
                                        winner.sample().time().truncatedTo(unit).getEpochSecond(),
                                        question.key(winner.sample()));
                        groups.computeIfAbsent(key, k -> new ArrayList<>()).add(winner);
                    }
                }
            }
        }
    }

    /** All views of the feed in one query, which share one moment. */
    private Map<String, Answer> found() {
        String sql = subject.questions().stream()
                .flatMap(q -> java.util.stream.Stream.of("1m", "1h")
                        .map(grain ->
                                ("SELECT concat_ws(' ', '%1$s_%2$s', unix_seconds(window_start), %3$s), array(%4$s), provisional "
                                                + "FROM %1$s_%2$s")
                                        .formatted(q.rollup(), grain, q.key(), q.values())))
                .collect(Collectors.joining(" UNION ALL "));
        Map<String, Answer> answers = new TreeMap<>();
        for (Row row : spark.sql(sql).collectAsList()) {
            List<Double> values = new ArrayList<>();
            row.<Double>getList(1).forEach(v -> values.add(v == null ? Double.NaN : v));
            assertThat(answers.put(row.getString(0), new Answer(values, row.getBoolean(2))))
                    .as("twice: %s", row)
                    .isNull();
        }
        return answers;
    }

    private Subject.Question question(String key) {
        String view = key.substring(0, key.indexOf(' '));
        return subject.questions().stream()
                .filter(q -> q.rollup().equals(view.substring(0, view.length() - 3)))
                .findFirst()
                .orElseThrow();
    }

    /** The generation that was published or rolled back to last, with its horizon; null for none. */
    private Map.Entry<String, Horizon> current(LocalDate day) {
        String generation = null;
        for (DayRecord record : lake.days().records(feed.name())) {
            if (record.day().equals(day) && record.entry() instanceof DayEntry.Published p) {
                generation = p.generation();
            }
            if (record.day().equals(day) && record.entry() instanceof DayEntry.RolledBack r) {
                generation = r.generation();
            }
        }
        return generation == null ? null : Map.entry(generation, horizons(day).get(generation));
    }

    private Map<String, Horizon> horizons(LocalDate day) {
        Map<String, Horizon> horizons = new HashMap<>();
        for (DayRecord record : lake.days().records(feed.name())) {
            if (record.day().equals(day) && record.entry() instanceof DayEntry.Published p) {
                horizons.put(p.generation(), p.horizon());
            }
        }
        return new TreeMap<>(horizons);
    }

    private LocalDate someDay() {
        return FIRST_DAY.plusDays(random.nextInt(DAYS));
    }

    private MicroBatch run(Stream stream) {
        return MicroBatch.run(lake, feed, stream);
    }

    private static List<Event> together(List<Event> a, List<Event> b) {
        List<Event> both = new ArrayList<>(a);
        both.addAll(b);
        return both;
    }
}
