package dev.tideline.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.app.config.Feeds;
import dev.tideline.batch.Recompute;
import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.fuzz.Tally.Event;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile records of both shipped feeds through both streams' writers, every rollup and a recompute, against rules and loops
 * in plain Java. 1,000,000 records; {@code -Dtideline.long=true} 100,000,000, or {@code -Dtideline.fuzz=N}. Each round prints its
 * seed; {@code -Dtideline.seed=N} plays that one again.
 */
@Tag("lane-c")
class FuzzIT {
    private static final int RECORDS = 125_000;
    private static final int BATCHES = 2;
    private static final int PARTITIONS = 3;
    private static final long MOST =
            Long.getLong("tideline.fuzz", Boolean.getBoolean("tideline.long") ? 100_000_000 : 1_000_000);
    /** Where the records' own times are: today's, and the ends of what times there are. */
    private static final List<Instant> AROUND = List.of(
            Instant.parse("2026-11-20T18:00:00Z"),
            Instant.parse("2028-02-29T00:10:00Z"),
            Instant.parse("1970-01-01T00:10:00Z"),
            Instant.parse("9999-12-31T23:20:00Z"));

    private record Rollup(String name, List<String> dimensions, List<String> measures) {}

    private record Subject(Feed feed, Judge judge, List<String> id, String time, List<Rollup> rollups) {
        boolean counts(Event event) {
            return !feed.name().equals("clicks") || Boolean.TRUE.equals(event.get("is_valid"));
        }
    }

    private static final List<Subject> SUBJECTS = List.of(
            new Subject(
                    Feeds.of(Optional.empty()).named("clicks"),
                    Judge.CLICKS,
                    List.of("event_id"),
                    "clicked_at",
                    List.of(
                            new Rollup(
                                    "clicks_by_ad", List.of("ad_id", "campaign_id"), List.of("clicks", "cost_micros")),
                            new Rollup(
                                    "clicks_by_ad_country",
                                    List.of("ad_id", "country"),
                                    List.of("clicks", "cost_micros")),
                            new Rollup(
                                    "clicks_by_segment",
                                    List.of("campaign_id", "country", "device"),
                                    List.of("clicks", "users")))),
            new Subject(
                    Feeds.of(Optional.empty()).named("metrics"),
                    Judge.METRICS,
                    List.of("metric", "labels", "time"),
                    "time",
                    List.of(
                            new Rollup(
                                    "metrics",
                                    List.of("metric", "labels"),
                                    List.of("samples", "sum", "min", "max", "last", "avg")),
                            new Rollup(
                                    "metrics_by_service",
                                    List.of("metric", "service"),
                                    List.of("samples", "dist_p50", "dist_p95", "dist_p99")))));

    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path dir;

    @Test
    void everyRecordIsDecidedAndEveryAnswerIsRight() {
        Long again = Long.getLong("tideline.seed");
        long first = again != null ? again : System.nanoTime() % 1_000_000_000;
        long fuzzed = 0;
        long accepted = 0;
        for (long seed = first; fuzzed < MOST * 0.99 && (again == null || seed == first); seed++) {
            long began = System.nanoTime();
            long round = seed;
            List<CompletableFuture<long[]>> both = SUBJECTS.stream()
                    .map(subject -> CompletableFuture.supplyAsync(() -> new Round(subject, round).play()))
                    .toList();
            for (CompletableFuture<long[]> one : both) {
                fuzzed += one.join()[0];
                accepted += one.join()[1];
            }
            DeltaLog.clearCache();
            SUBJECTS.forEach(subject -> delete(lake(subject, round)));
            System.err.printf(
                    "fuzz: -Dtideline.seed=%d, %,d records so far, %,d accepted, %.1f s%n",
                    seed, fuzzed, accepted, (System.nanoTime() - began) / 1e9);
        }
        assertThat(accepted).isBetween(fuzzed / 3, fuzzed * 9 / 10);
    }

    private Path lake(Subject subject, long seed) {
        return dir.resolve(subject.feed().name() + "-" + seed);
    }

    /** A hundred million records in the lakes of all rounds are more than a disk has. */
    private static void delete(Path lake) {
        try {
            FileUtils.deleteDirectory(lake.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One feed on a lake of its own. */
    private final class Round {
        private final Subject subject;
        private final Feed feed;
        private final long seed;
        private final Random random;
        private final SparkSession spark;
        private final Lake lake;
        private final Instant around;
        private final List<Event> events = new ArrayList<>();
        private final Map<List<Object>, String> payloads = new HashMap<>();
        private final long[] ends = new long[PARTITIONS];
        private long sent;

        Round(Subject subject, long seed) {
            this.subject = subject;
            this.feed = subject.feed();
            this.seed = seed;
            this.random = new Random(seed * 31 + feed.name().hashCode());
            this.spark = SharedSpark.session(Map.of(
                    "spark.sql.codegen.wholeStage", "true",
                    "spark.sql.codegen.factoryMode", "FALLBACK",
                    "spark.sql.adaptive.enabled", "false"));
            this.lake = Lake.at(spark, FuzzIT.this.lake(subject, seed).toString());
            this.around = AROUND.get((int) (seed % AROUND.size()));
        }

        /** How many records it sent, and how many of them are to be accepted. */
        long[] play() {
            try {
                FeedTables.create(lake, feed);
                Views.register(spark, lake.root());
                MicroBatch speed = MicroBatch.run(lake, feed, Stream.SPEED);
                MicroBatch archive = MicroBatch.run(lake, feed, Stream.ARCHIVE);
                for (int batch = 1; batch <= BATCHES; batch++) {
                    microBatch(batch, speed, archive);
                }
                check(events.stream().map(Event::day).collect(TreeSet::new, TreeSet::add, TreeSet::addAll), false);
                TreeSet<Long> days = new TreeSet<>();
                Map<Long, Integer> sizes = new HashMap<>();
                events.forEach(event -> sizes.merge(event.day(), 1, Integer::sum));
                sizes.entrySet().stream()
                        .sorted(Map.Entry.<Long, Integer>comparingByValue().reversed())
                        .limit(1)
                        .forEach(day -> days.add(day.getKey()));
                for (long day : days) {
                    assertThat(Recompute.run(lake, feed, LocalDate.ofEpochDay(day), around)
                                    .published())
                            .isTrue();
                }
                check(days, true);
                return new long[] {sent, events.size()};
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(feed.name() + ", -Dtideline.seed=" + seed, e);
            }
        }

        private void microBatch(int batch, MicroBatch speed, MicroBatch archive) {
            Hostile hostile = new Hostile(random);
            List<Row> records = new ArrayList<>();
            Cut from = cut();
            long accepted = 0;
            for (int i = 0; i < RECORDS / BATCHES; i++) {
                long millis = around.toEpochMilli() + random.nextInt(300_000);
                long timestamp = millis * 1_000;
                byte[] payload = random.nextInt(2_000) == 0
                        ? null
                        : feed.name().equals("clicks") ? hostile.click(timestamp) : hostile.sample(timestamp);
                Optional<Map<String, Object>> right;
                try {
                    right = subject.judge().judge(payload, timestamp);
                } catch (Judge.Unsure e) {
                    continue;
                }
                int partition = random.nextInt(PARTITIONS);
                long offset = ends[partition]++;
                records.add(RowFactory.create(
                        null, payload, feed.topic(), "id", partition, offset, Instant.ofEpochMilli(millis), null));
                if (right.isPresent()) {
                    accepted++;
                    events.add(new Event(
                            batch,
                            partition,
                            offset,
                            timestamp,
                            (Long) right.get().get(subject.time()),
                            right.get()));
                }
            }
            sent += records.size();
            Dataset<Row> frame = spark.createDataFrame(records, Decoding.RECORD).repartition(2);
            Map<String, Long> counts = speed.write(frame);
            if (counts.get("accepted") != accepted) {
                throw new AssertionError(decidedOtherwise(batch, records));
            }
            assertThat(counts.get("consumed"))
                    .isEqualTo(records.size())
                    .isEqualTo(counts.get("accepted") + counts.get("rejected"));
            assertThat(accepted - counts.get("duplicate"))
                    .isEqualTo(winners(batch).size());
            speed.record(from, cut(), counts);
            Map<String, Long> archived = archive.write(frame);
            assertThat(archived)
                    .containsEntry("consumed", counts.get("consumed"))
                    .containsEntry("accepted", counts.get("accepted"))
                    .containsEntry("rejected", counts.get("rejected"));
            archive.record(from, cut(), archived);
        }

        private List<Event> winners(int batch) {
            return Tally.winners(events.stream().filter(e -> e.batch() == batch).toList(), subject.id());
        }

        /** The first records that the decoder decides otherwise than the judge. */
        private String decidedOtherwise(int batch, List<Row> records) {
            TreeSet<String> right = new TreeSet<>();
            events.stream().filter(e -> e.batch() == batch).forEach(e -> right.add(e.partition() + " " + e.offset()));
            Map<String, String> found = new HashMap<>();
            Decoding.decode(spark.createDataFrame(records, Decoding.RECORD), feed)
                    .selectExpr("concat(kafka_partition, ' ', kafka_offset)", "concat_ws(': ', reason, detail)")
                    .collectAsList()
                    .forEach(row -> found.put(row.getString(0), row.getString(1)));
            List<String> different = new ArrayList<>();
            for (Row record : records) {
                String place = record.getInt(4) + " " + record.getLong(5);
                if (right.contains(place) != found.get(place).isEmpty() && different.size() < 20) {
                    String text =
                            record.isNullAt(1) ? "null" : new String(record.<byte[]>getAs(1), StandardCharsets.UTF_8);
                    different.add(
                            (right.contains(place) ? "should be accepted, " + found.get(place) : "should be rejected")
                                    + ", at " + record.get(6) + ": "
                                    + (text.length() > 400 ? text.substring(0, 400) + "…" : text));
                }
            }
            return String.join("\n  ", different);
        }

        private void check(TreeSet<Long> days, boolean settled) {
            List<Event> winners = new ArrayList<>();
            if (settled) {
                winners.addAll(Tally.winners(events, subject.id()));
            } else {
                for (int batch = 1; batch <= BATCHES; batch++) {
                    winners.addAll(winners(batch));
                }
            }
            winners.removeIf(event -> !days.contains(event.day()) || !subject.counts(event));
            for (Rollup rollup : subject.rollups()) {
                check(rollup, "1m", 60_000_000L, winners, days, settled);
                check(rollup, "1h", 3_600_000_000L, winners, days, settled);
            }
        }

        private void check(
                Rollup rollup, String grain, long window, List<Event> winners, TreeSet<Long> days, boolean settled) {
            Map<List<Object>, Tally> right = new HashMap<>();
            for (Event event : winners) {
                List<Object> key = new ArrayList<>(List.of(event.time() - Math.floorMod(event.time(), window)));
                rollup.dimensions().forEach(dimension -> key.add(dimension(event, dimension)));
                right.computeIfAbsent(key, k -> new Tally()).add(event);
            }
            String sql =
                    "SELECT unix_micros(window_start), %s, %s, provisional FROM %s_%s WHERE event_date BETWEEN date_from_unix_date(%d) AND date_from_unix_date(%d)"
                            .formatted(
                                    String.join(", ", rollup.dimensions()),
                                    String.join(", ", rollup.measures()),
                                    rollup.name(),
                                    grain,
                                    days.first(),
                                    days.last());
            List<String> different = new ArrayList<>();
            long counted = 0;
            int keys = 1 + rollup.dimensions().size();
            for (Row row : spark.sql(sql).collectAsList()) {
                List<Object> key = new ArrayList<>();
                for (int i = 0; i < keys; i++) {
                    key.add(
                            row.get(i) instanceof scala.collection.Map<?, ?>
                                    ? new TreeMap<>(row.getJavaMap(i))
                                    : row.get(i));
                }
                counted += row.getLong(keys);
                Tally tally = right.remove(key);
                boolean equal = tally != null && row.getBoolean(row.size() - 1) != settled;
                for (int i = 0; equal && i < rollup.measures().size(); i++) {
                    equal = tally.is(rollup.measures().get(i), row.get(keys + i));
                }
                if (!equal) {
                    different.add(row + ", should be " + tally);
                }
            }
            right.forEach((key, tally) -> different.add(key + " is not there, should be " + tally));
            assertThat(different.stream().limit(20))
                    .as(rollup.name() + "_" + grain + ", " + different.size())
                    .isEmpty();
            assertThat(counted).as("accepted = counted + duplicate + filtered").isEqualTo(winners.size());
        }

        private static Object dimension(Event event, String dimension) {
            if (dimension.equals("service")) {
                return event.get("labels") instanceof Map<?, ?> labels ? labels.get("service") : null;
            }
            return event.get(dimension);
        }

        private Cut cut() {
            Map<SourcePartition, Long> offsets = new TreeMap<>();
            for (int p = 0; p < PARTITIONS; p++) {
                offsets.put(new SourcePartition(feed.topic(), "id", p), ends[p]);
            }
            return new Cut(offsets);
        }
    }
}
