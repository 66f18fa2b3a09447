package dev.tideline.laws;

import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.Topics;
import dev.tideline.serve.Json;
import dev.tideline.serving.Views;
import dev.tideline.streaming.MicroBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BinaryType;

/**
 * A small lake that stays as a release wrote it, with the answers that the release gave: both shipped feeds with published days, a
 * rollback, a fold and a sealed day, a rollup added on the way, and a retired feed. Later releases read and continue it.
 */
final class GoldenLake {
    static final LocalDate MONDAY = LocalDate.of(2026, 11, 16);
    static final LocalDate TUESDAY = MONDAY.plusDays(1);
    static final LocalDate WEDNESDAY = MONDAY.plusDays(2);
    static final Instant NOW = Instant.parse("2026-11-19T00:00:00Z");
    private static final List<Subject> SUBJECTS = List.of(new ClickSubject(), new MetricSubject());

    private GoldenLake() {}

    /** One feed's topic, whose events are the same in every release. */
    static final class Source {
        private final Subject subject;
        private final FakeTopic topic;
        private final Random random = new Random(20261116);

        Source(Subject subject) throws IOException {
            this.subject = subject;
            this.topic = new FakeTopic(History.feed(subject.feed()).topic());
        }

        /** @param rejected among them, at the end */
        Source send(LocalDate day, int count, int rejected) {
            for (int i = 0; i < count; i++) {
                Instant at = day.atTime(9 + i % 3, i % 60).toInstant(ZoneOffset.UTC);
                Sample sample = subject.sample(random, at);
                topic.send(i % 2, at.plusSeconds(60), subject.json(sample), sample);
            }
            for (int i = 0; i < rejected; i++) {
                Instant at = day.atTime(12, i).toInstant(ZoneOffset.UTC);
                topic.send(i % 2, at, subject.bad(random, at), new Sample("", at, Map.of()));
            }
            return this;
        }

        void read(Lake lake, Feed feed) {
            for (Stream stream : Stream.values()) {
                topic.drain(lake.spark(), MicroBatch.run(lake, feed, stream));
            }
        }

        FakeTopic topic() {
            return topic;
        }

        /** What the lake was given up to its end. */
        Source sendAll() {
            return send(MONDAY, 14, 2).send(MONDAY, 4, 0).send(TUESDAY, 12, 1).send(WEDNESDAY, 8, 0);
        }
    }

    static Source source(String feed) throws IOException {
        for (Subject subject : SUBJECTS) {
            if (subject.feed().equals(feed)) {
                return new Source(subject);
            }
        }
        throw new IllegalArgumentException(feed);
    }

    /** Writes this release's lake and its answers to {@code folder}. */
    static void write(SparkSession spark, Path work, Path folder) throws IOException {
        Lake lake = Lake.at(spark, work.toString());
        for (Subject subject : SUBJECTS) {
            grow(lake, new Source(subject), History.feed(subject.feed()));
        }
        retired(lake);
        Files.createDirectories(folder);
        zip(work, folder.resolve("lake.zip"));
        Files.write(folder.resolve("views.txt"), views(spark, lake));
        Files.write(folder.resolve("status.json"), status(lake));
    }

    private static void grow(Lake lake, Source source, Feed feed) throws IOException {
        Feed before = withoutLastRollup(feed);
        FeedTables.create(lake, before);
        source.send(MONDAY, 14, 2).read(lake, before);
        String first = Recompute.run(lake, before, MONDAY, NOW).generation();
        source.send(MONDAY, 4, 0).send(TUESDAY, 12, 1).read(lake, before);
        FeedTables.create(lake, feed);
        source.send(WEDNESDAY, 8, 0).read(lake, feed);
        Maintain maintain = new Maintain(lake, feed);
        maintain.fold(TUESDAY, NOW);
        Recompute.run(lake, feed, MONDAY, NOW.plusSeconds(60));
        if (feed.name().equals("clicks")) {
            Rollback.to(lake, feed, MONDAY, first, NOW.plusSeconds(120));
        } else {
            maintain.seal(MONDAY, NOW.plusSeconds(120));
            Recompute.run(lake, feed, TUESDAY, NOW.plusSeconds(180));
        }
    }

    private static Feed withoutLastRollup(Feed feed) {
        String last = "\n  " + feed.rollups().get(feed.rollups().size() - 1).name() + ":";
        String source = feed.source();
        String rest = source.substring(source.indexOf(last) + 1);
        return FeedFile.parse(
                feed.name(),
                source.substring(0, source.indexOf(last) + 1) + rest.substring(rest.indexOf("\nretention") + 1));
    }

    private static void retired(Lake lake) {
        lake.feeds().declare(FeedFile.parse("sales.yaml", """
                                feed: sales
                                topic: sales
                                schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
                                event: { id: id, time: at }
                                rollups: { sales: { measures: { n: count() } } }
                                """), NOW);
        lake.feeds().retire("sales", NOW.plusSeconds(1));
    }

    /** Each view's rows, as JSON without sketches, in a line of their own. */
    static List<String> views(SparkSession spark, Lake lake) {
        List<String> lines = new ArrayList<>();
        for (String view : Views.register(spark, lake.root())) {
            String columns = Arrays.stream(spark.table(view).schema().fields())
                    .filter(field -> !(field.dataType() instanceof BinaryType))
                    .filter(field -> !field.name().equals("code"))
                    .map(field -> "`" + field.name() + "`")
                    .sorted()
                    .collect(Collectors.joining(", "));
            spark.sql("SELECT to_json(struct(" + columns + ")) FROM " + view).collectAsList().stream()
                    .map(row -> view + " " + row.getString(0))
                    .sorted()
                    .forEach(lines::add);
        }
        return lines;
    }

    /** A line of JSON for each feed. */
    static List<String> status(Lake lake) throws IOException {
        List<FeedDeclaration> feeds = FeedHealth.declared(lake.ledgers());
        List<String> lines = new ArrayList<>();
        try (Topics none = new Topics(Map.of())) {
            for (FeedHealth health : FeedHealth.of(lake.ledgers(), feeds, none, NOW, WEDNESDAY.plusDays(1))) {
                lines.add(Json.of(health));
            }
        }
        return lines;
    }

    private static void zip(Path folder, Path file) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file));
                java.util.stream.Stream<Path> files = Files.walk(folder)) {
            for (Path one : files.filter(Files::isRegularFile)
                    .filter(f -> !f.toString().endsWith(".crc"))
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                zip.putNextEntry(new ZipEntry(folder.relativize(one).toString()));
                Files.copy(one, zip);
                zip.closeEntry();
            }
        }
    }

    /** The lake that {@code release} wrote, as a copy in {@code folder}. */
    static void unzip(String release, Path folder) throws IOException {
        try (ZipInputStream zip =
                new ZipInputStream(GoldenLake.class.getResourceAsStream("/golden/" + release + "/lake.zip"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(zip, file);
            }
        }
    }

    /** What {@code release} answered. */
    static List<String> answers(String release, String file) throws IOException {
        try (var in = GoldenLake.class.getResourceAsStream("/golden/" + release + "/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
