package dev.tideline.bench;

import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.quickstart.ClickGenerator;
import dev.tideline.quickstart.ClickSender;
import dev.tideline.quickstart.Clicks;
import dev.tideline.quickstart.EmbeddedKafka;
import dev.tideline.quickstart.Pace;
import dev.tideline.serving.Views;
import dev.tideline.settle.Cut;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import dev.tideline.table.Lake;
import dev.tideline.table.LakeSession;
import dev.tideline.table.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One run on one machine: the hand-written loop, the speed layer, both streams, a recompute and the view, on the same clicks,
 * one after the other. Prints a line a measure. A stream that did not read every click, or a fold that changed an answer, ends
 * the run.
 */
public final class Bench {
    private static final String TOPIC = "ad-clicks";
    private static final int PARTITIONS = 4;
    private static final int BATCHES = 2000;
    /** Clicks a second, as busy as it gets. */
    private static final double PEAK = 50_000;

    private final SparkSession spark;
    private final Feed feed;
    private final EmbeddedKafka kafka;
    private final Path dir;
    private final long clicks;

    private Bench(SparkSession spark, Feed feed, EmbeddedKafka kafka, Path dir, long clicks) {
        this.spark = spark;
        this.feed = feed;
        this.kafka = kafka;
        this.dir = dir;
        this.clicks = clicks;
    }

    /**
     * Runs the measures on as many clicks as the first argument says (default 4,000,000). {@code batches} as the second measures
     * the view after {@link #BATCHES} micro-batches instead; more arguments are settings of the session.
     */
    public static void main(String[] args) throws Exception {
        long clicks = args.length > 0 ? Long.parseLong(args[0]) : 4_000_000;
        boolean batches = args.length > 1 && args[1].equals("batches");
        Path dir = Files.createTempDirectory("tideline-bench-");
        Map<String, String> settings = Arrays.stream(args)
                .filter(arg -> arg.contains("="))
                .map(setting -> setting.split("=", 2))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
        SparkSession spark = LakeSession.local("local[2]", 2, settings);
        try (EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka.createTopic(TOPIC, PARTITIONS);
            Bench bench = new Bench(spark, shipped(), kafka, dir, clicks);
            bench.produce();
            if (batches) {
                bench.manyBatches();
            } else {
                bench.run();
            }
        } finally {
            spark.stop();
            delete(dir);
        }
        System.exit(0);
    }

    private void produce() throws Exception {
        long began = System.nanoTime();
        long cpu = cpu();
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), TOPIC)) {
            ClickGenerator generator =
                    ClickGenerator.of(clicks(1, PEAK), Instant.now().minus(Duration.ofHours(30)));
            sender.send(generator, clicks, Pace.flatOut(), ClickSender.Receipt.NONE);
        }
        print("produce", clicks, began, cpu);
    }

    private void run() throws Exception {
        Map<Integer, Long> ends = ends();
        HandWritten loop = new HandWritten(kafka.bootstrapServers(), TOPIC);
        List<Double> limit = new ArrayList<>();
        List<Double> speed = new ArrayList<>();
        for (int round = 0; round <= 3; round++) {
            String name = round == 0 ? ", warming up" : ", round " + round;
            Lake lake = Lake.at(spark, dir.resolve("speed-" + round).toString());
            limit.add(measure("hand-written loop, 2 threads" + name, () -> loop.count(ends, 2)));
            speed.add(measure("speed layer, all rollups" + name, () -> read(lake, List.of(Stream.SPEED))));
        }
        limit.remove(0);
        speed.remove(0);
        System.out.printf(
                Locale.ROOT,
                "ratio of the medians, speed layer to hand-written loop: %.0f %%%n",
                100 * median(speed) / median(limit));
        Lake lake = Lake.at(spark, dir.resolve("both").toString());
        measure("archive and speed together", () -> read(lake, List.of(Stream.SPEED, Stream.ARCHIVE)));
        Views.register(spark, lake.root());
        query("view, top 100 ads, not settled");
        LocalDate day = LocalDate.ofInstant(Instant.now().minus(Duration.ofHours(30)), ZoneOffset.UTC);
        long[] events = new long[1];
        measure("recompute of " + day, () -> {
            events[0] = Recompute.run(lake, feed, day, Instant.now()).counts().get("events");
            return events[0];
        });
        query("view, top 100 ads, one day settled");
        freshness(lake, 20_000, Duration.ofSeconds(60));
        fold(lake);
        query("view, top 100 ads, folded");
    }

    /** The view over a day of small micro-batches, before and after they are folded. */
    private void manyBatches() throws Exception {
        Lake lake = Lake.at(spark, dir.resolve("batches").toString());
        StreamOptions small = options(Duration.ZERO).withMaxOffsets(clicks / BATCHES);
        measure("speed layer, " + BATCHES + " micro-batches", () -> {
            try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, small)) {
                speed.processAllAvailable();
            }
            return consumed(lake);
        });
        read(lake, List.of(Stream.ARCHIVE));
        Views.register(spark, lake.root());
        System.out.printf(
                "micro-batches: %,d%n",
                lake.progress(feed, Stream.SPEED).progress().seq());
        query("view, top 100 ads, not folded");
        String sums = "SELECT sum(clicks), sum(cost_micros) FROM clicks_by_ad_1m";
        Row before = spark.sql(sums).head();
        fold(lake);
        query("view, top 100 ads, folded");
        Row after = spark.sql(sums).head();
        if (!after.equals(before)) {
            throw new IllegalStateException("the fold made " + after + " of " + before);
        }
    }

    private void fold(Lake lake) {
        Maintain maintain = new Maintain(lake, feed);
        long began = System.nanoTime();
        maintain.foldable().forEach(date -> maintain.fold(date, Instant.now()));
        System.out.printf(Locale.ROOT, "fold of all days: %.1f s%n", (System.nanoTime() - began) / 1e9);
    }

    private StreamOptions options(Duration trigger) {
        return StreamOptions.of(Map.of("bootstrap.servers", kafka.bootstrapServers()), trigger);
    }

    /** The load to plan for, with the shares of late, repeated and refused clicks that are usual here. */
    private static Clicks clicks(long seed, double perSecond) {
        return Clicks.seeded(seed)
                .onPartitions(PARTITIONS)
                .with(new Clicks.Population(2_000_000, 1, 20_000, 40, 4, 10_000_000))
                .with(new Clicks.Traffic(perSecond, 0));
    }

    private interface Work {
        long done() throws Exception;
    }

    private static double measure(String what, Work work) throws Exception {
        long began = System.nanoTime();
        long cpu = cpu();
        long events = work.done();
        return print(what, events, began, cpu);
    }

    private static double print(String what, long events, long began, long cpuBegan) {
        double seconds = (System.nanoTime() - began) / 1e9;
        double rate = events / seconds;
        System.out.printf(
                Locale.ROOT,
                "%s: %,d events in %.1f s, %,.0f events/s, %.1f CPU s per million%n",
                what,
                events,
                seconds,
                rate,
                (cpu() - cpuBegan) / 1e9 / (events / 1e6));
        return rate;
    }

    private long read(Lake lake, List<Stream> streams) {
        StreamOptions options = options(Duration.ofMillis(100)).withMaxOffsets(1_000_000);
        List<RunningStream> running = new ArrayList<>();
        try {
            streams.forEach(stream -> running.add(FeedStream.start(lake, feed, stream, options)));
            running.forEach(RunningStream::processAllAvailable);
        } finally {
            running.forEach(RunningStream::close);
        }
        long read = consumed(lake);
        if (read < clicks) {
            throw new IllegalStateException("read " + read + " of " + clicks + " clicks");
        }
        return read;
    }

    /**
     * How long after a click was sent the view has it: the k-th click of all is sent when as many are handed to the producer,
     * and visible when recorded cuts hold as many. Broker and producer share the machine.
     */
    private void freshness(Lake lake, int perSecond, Duration duration) throws Exception {
        StreamOptions options = options(Duration.ofSeconds(1));
        long count = perSecond * duration.toSeconds();
        List<long[]> visible = new ArrayList<>(); // clicks, nanoseconds
        long[] sent = new long[(int) (count / 1000) + 1]; // nanoseconds at every thousandth click
        try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, options);
                ClickSender sender = ClickSender.to(kafka.bootstrapServers(), TOPIC)) {
            speed.processAllAvailable();
            long before = consumed(lake);
            ClickGenerator generator = ClickGenerator.of(clicks(2, perSecond), Instant.now());
            Pace even = Pace.perSecond(perSecond);
            Pace noting = (index, timestamp) -> {
                even.await(index, timestamp);
                if (index % 1000 == 0) {
                    sent[(int) (index / 1000)] = System.nanoTime();
                }
            };
            CompletableFuture<Long> sending = CompletableFuture.supplyAsync(
                    () -> sender.send(generator, count, noting, ClickSender.Receipt.NONE));
            long seen = 0;
            while (seen < count) {
                seen = consumed(lake) - before;
                visible.add(new long[] {seen, System.nanoTime()});
                if (sending.isCompletedExceptionally() || !speed.isActive()) {
                    throw new IllegalStateException("the stream or the sender ended early");
                }
                Thread.sleep(50);
            }
        }
        List<Double> seconds = new ArrayList<>();
        int at = 0;
        for (int k = 0; k < sent.length && sent[k] > 0; k++) {
            while (visible.get(at)[0] < k * 1000L + 1) {
                at++;
            }
            seconds.add((visible.get(at)[1] - sent[k]) / 1e9);
        }
        seconds.sort(null);
        System.out.printf(
                Locale.ROOT,
                "freshness at %,d clicks/s, trigger 1 s: p50 %.1f s, p99 %.1f s%n",
                perSecond,
                seconds.get(seconds.size() / 2),
                seconds.get(seconds.size() * 99 / 100));
    }

    /** How many clicks the speed layer has recorded. */
    private long consumed(Lake lake) {
        return lake.progress(feed, Stream.SPEED).progress().cut().since(Cut.NOTHING);
    }

    private void query(String what) {
        String sql =
                "SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1m GROUP BY ad_id ORDER BY clicks DESC LIMIT 100";
        List<Double> millis = new ArrayList<>();
        List<Row> rows = List.of();
        for (int i = 0; i < 7; i++) {
            long began = System.nanoTime();
            rows = spark.sql(sql).collectAsList();
            millis.add((System.nanoTime() - began) / 1e6);
        }
        System.out.printf(Locale.ROOT, "%s: median %.0f ms, %d rows%n", what, median(millis), rows.size());
    }

    private Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new HashMap<>();
        dev.tideline.streaming.Topic.describe(Map.of("bootstrap.servers", kafka.bootstrapServers()), TOPIC)
                .latest()
                .offsets()
                .forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean)
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static Feed shipped() throws IOException {
        try (var file = Feed.class.getResourceAsStream("/feeds/clicks.yaml")) {
            return FeedFile.parse("clicks.yaml", new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static void delete(Path dir) throws IOException {
        try (var files = Files.walk(dir)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
