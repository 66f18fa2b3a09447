package dev.tideline.bench;

import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.Pace;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/** One machine with a broker and a session, and the records that several measures read. */
final class Site implements AutoCloseable {
    static final int PARTITIONS = 4;
    static final int CORES = 2;
    private static final String BUCKET = "bench";
    /** Clicks a second, as busy as it gets. */
    static final double PEAK = 50_000;

    private final Map<String, String> settings;
    private final EmbeddedKafka kafka;
    private final EmbeddedS3 s3;
    private final Path dir;
    private final Size size;
    private final Progress progress;
    private final Instant now = Instant.now();
    private SparkSession spark;
    private SentClicks clicks;
    private boolean checked;
    private int lakes;

    private Site(
            Map<String, String> settings, EmbeddedKafka kafka, EmbeddedS3 s3, Path dir, Size size, Progress progress) {
        this.settings = settings;
        this.kafka = kafka;
        this.s3 = s3;
        this.dir = dir;
        this.size = size;
        this.progress = progress;
    }

    static Site open(Path dir, Size size, Map<String, String> settings, Progress progress) {
        EmbeddedKafka kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        EmbeddedS3 s3 = EmbeddedS3.start(dir.resolve("s3"));
        s3.createBucket(BUCKET);
        Map<String, String> all = new TreeMap<>(settings);
        s3.hadoopSettings().forEach((key, value) -> all.put("spark.hadoop." + key, value));
        Site site = new Site(all, kafka, s3, dir, size, progress);
        site.cores(CORES);
        return site;
    }

    /** Goes on with a session of its own that runs as many tasks at once. */
    void cores(int cores) {
        if (spark != null) {
            spark.stop();
            DeltaLog.clearCache();
        }
        spark = LakeSession.local("local[" + cores + "]", CORES, settings);
    }

    SparkSession spark() {
        return spark;
    }

    Path dir() {
        return dir;
    }

    Size size() {
        return size;
    }

    Progress progress() {
        return progress;
    }

    EmbeddedKafka kafka() {
        return kafka;
    }

    /** A lake that nobody has written to. */
    Lake lake() {
        return Lake.at(spark, dir.resolve("lake-" + lakes++).toString());
    }

    /** One with the same tables. */
    Lake copy(Lake lake) throws IOException {
        Path from = Path.of(lake.root());
        Lake copy = lake();
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(
                        file, Path.of(copy.root()).resolve(from.relativize(file).toString()));
            }
        }
        return copy;
    }

    /** One on the embedded S3. */
    Lake lakeOnS3() {
        return Lake.at(spark, "s3a://" + BUCKET + "/lake-" + lakes++);
    }

    /** Whether an answer with all rollups was right before. */
    boolean checked() {
        return checked;
    }

    void checkedAll() {
        checked = true;
    }

    /** What this process's client has asked S3 so far. */
    S3Requests requestsToS3() throws IOException {
        return S3Requests.of(new org.apache.hadoop.fs.Path("s3a://" + BUCKET)
                .getFileSystem(spark.sparkContext().hadoopConfiguration()));
    }

    StreamOptions options(Duration trigger) {
        return StreamOptions.of(Map.of("bootstrap.servers", kafka.bootstrapServers()), trigger);
    }

    /** The UTC day that most of {@link #clicks} belong to: it has ended. */
    LocalDate day() {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(1);
    }

    /** When what belongs to that day begins: at 10:00. */
    Instant start() {
        return day().atTime(10, 0).toInstant(ZoneOffset.UTC);
    }

    /**
     * Clicks on Kafka as dense as the load to plan for: 50,000 a second over 2 million ads, from 10:00 of {@link #day} on, with
     * the shares of late, repeated and refused ones that are usual.
     */
    SentClicks clicks() throws Exception {
        if (clicks == null) {
            clicks = send("ad-clicks", size.clicks(), dense(1, PEAK));
        }
        return clicks;
    }

    /** Such clicks of {@link #day} on a topic of their own. */
    SentClicks send(String topic, long count) throws Exception {
        return send(topic, count, dense(1, PEAK));
    }

    /** The same of another traffic. */
    SentClicks send(String topic, long count, Clicks traffic) throws Exception {
        kafka.createTopic(topic, PARTITIONS);
        try (ClickSender sender = ClickSender.to(kafka.bootstrapServers(), topic)) {
            sender.send(ClickGenerator.of(traffic, start()), count, Pace.flatOut(), ClickSender.Receipt.NONE);
        }
        return written(topic, ClickGenerator.of(traffic, start()), count);
    }

    /** What {@code clicks} mean, the same of which one sender has sent to {@code topic}. */
    SentClicks written(String topic, ClickGenerator clicks, long count) throws IOException {
        Path file = dir.resolve(topic + ".csv");
        SentFile.write(file, clicks, count, PARTITIONS);
        return new SentClicks(topic, count, file);
    }

    /** Samples on the feed's own topic; returns what was sent, as {@link Samples#send} writes it. */
    Path send(Feed feed, Samples samples, long count) throws IOException {
        kafka.createTopic(feed.topic(), PARTITIONS);
        Path file = dir.resolve(feed.topic() + ".csv");
        samples.send(kafka.bootstrapServers(), feed.topic(), PARTITIONS, count, file);
        return file;
    }

    static Clicks dense(long seed, double perSecond) {
        return dense(seed, perSecond, 2_000_000);
    }

    static Clicks dense(long seed, double perSecond, int ads) {
        return Clicks.seeded(seed)
                .onPartitions(PARTITIONS)
                .with(new Clicks.Population(ads, 1, 20_000, 40, 4, 10_000_000))
                .with(new Clicks.Traffic(perSecond, 0));
    }

    @Override
    public void close() throws IOException {
        spark.stop();
        kafka.close();
        s3.close();
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
