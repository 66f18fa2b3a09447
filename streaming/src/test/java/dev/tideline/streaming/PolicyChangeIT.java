package dev.tideline.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DecodedRanges;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.serving.Views;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A feed file whose policy changes while both streams run: the one that is started with it first has the other one follow at one cut.
 * After every step readers see what each event's policy says, without a recompute.
 */
@Tag("lane-c")
class PolicyChangeIT {
    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static SparkSession spark;

    private final Map<Stream, RunningStream> running = new EnumMap<>(Stream.class);
    private final List<Event> sent = new ArrayList<>();
    private String topic;
    private Feed before;
    private Feed after;
    private Lake lake;

    /** One that the old file accepts, and whether the new one does. */
    private record Event(SourcePartition partition, long offset, String id, long cost, boolean accepted) {
        boolean isBelow(Cut cut) {
            return cut.covers(partition, offset);
        }
    }

    @BeforeAll
    static void start() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @BeforeEach
    void anyTopic(TestInfo test) {
        topic = (test.getTestMethod().orElseThrow().getName() + test.getDisplayName())
                .toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z]", "");
        before = FeedFile.parse("sales.yaml", """
                feed: sales
                topic: %s
                schema: id STRING NOT NULL, cost BIGINT, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { sales: { measures: { n: count(), cost: sum(cost) } } }
                """.formatted(topic));
        after = FeedFile.parse("sales.yaml", before.source() + "require: [ cost >= 0 ]\naccept: { late: 1h }\n");
        kafka.createTopic(topic, 2);
        lake = Lake.at(spark, dir.resolve(topic).toString());
    }

    @AfterEach
    void end() {
        List.copyOf(running.keySet()).forEach(this::stop);
    }

    @ParameterizedTest
    @EnumSource
    void bothStreamsChangeAtOneCutWhicheverIsRestartedFirst(Stream first) throws Exception {
        Stream second = first.other();
        start(first, before);
        start(second, before);
        send();
        drain(first);
        drain(second);
        check("both by the old file");

        stop(first);
        send();
        drain(second);
        send();
        start(first, after);
        check("announced");
        assertThat(changes(first)).hasSize(1);
        drain(first);
        drain(second);
        check("the running one follows");
        send();
        drain(second);
        check("the running one reads on by the new file");
        assertThat(policies()).containsOnly(after.policy());

        stop(second);
        send();
        drain(first);
        start(second, before); // it has not been told yet
        drain(second);
        check("the second one started with the old file");
        stop(second);
        start(second, after);
        send();
        drain(second);
        drain(first);
        check("both started with the new file");
        assertThat(changes(first)).hasSize(1);

        stop(first);
        start(first, before);
        send();
        drain(first);
        drain(second);
        send();
        drain(second);
        drain(first);
        check("and back");
        assertThat(changes(first)).hasSize(2);
        assertThat(policies()).containsOnly(before.policy());
        assertThat(twice()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void whoComesNextRepeatsWhatAKilledStreamHadAnnounced(Stream next) throws Exception {
        start(Stream.ARCHIVE, before);
        start(Stream.SPEED, before);
        send();
        drain(Stream.ARCHIVE);
        send();
        drain(Stream.SPEED);

        stop(Stream.SPEED);
        lake.feeds().declare(after, Instant.now());
        AgreedPolicies killed = new AgreedPolicies(lake, after, Stream.SPEED, after.policy());
        assertThat(killed.announced()).isTrue();
        assertThat(changes(Stream.ARCHIVE)).hasSize(1);
        assertThat(changes(Stream.SPEED)).isEmpty();
        check("announced in one ledger");

        send();
        if (next == Stream.ARCHIVE) {
            drain(Stream.ARCHIVE); // which runs: it loses its next record
            start(Stream.SPEED, after);
        } else {
            start(Stream.SPEED, before);
            drain(Stream.ARCHIVE);
        }
        drain(Stream.SPEED);
        check("announced in both");
        send();
        drain(Stream.SPEED);
        drain(Stream.ARCHIVE);
        check("and past it");
        assertThat(changes(Stream.SPEED)).as("who announced takes it back").hasSize(next == Stream.ARCHIVE ? 1 : 2);
        assertThat(policies()).containsOnly((next == Stream.ARCHIVE ? after : before).policy());
        assertThat(twice()).isEmpty();
    }

    @Test
    void aStreamThatNeverRanReadsByTheOldFileWhatTheOtherReadByIt() throws Exception {
        start(Stream.ARCHIVE, before);
        send();
        drain(Stream.ARCHIVE);
        start(Stream.SPEED, after);
        send();
        drain(Stream.SPEED);
        drain(Stream.ARCHIVE);

        check("both");
        assertThat(policies()).containsOnly(after.policy());
        assertThat(twice()).isEmpty();
        assertThat(CatchUp.run(lake, after, options())).isZero();
    }

    @Test
    void aCatchUpRecordsEachMicroBatchByThePolicyOfItsRows() throws Exception {
        start(Stream.SPEED, before);
        send();
        drain(Stream.SPEED);
        stop(Stream.SPEED);
        start(Stream.ARCHIVE, before);
        send();
        drain(Stream.ARCHIVE);
        stop(Stream.ARCHIVE);
        start(Stream.ARCHIVE, after);
        send();
        drain(Stream.ARCHIVE);

        assertThat(CatchUp.run(lake, after, options())).isPositive();
        check("caught up");
        assertThat(policies()).containsOnly(after.policy());
        start(Stream.SPEED, after);
        send();
        drain(Stream.SPEED);
        drain(Stream.ARCHIVE);
        check("and on");
        assertThat(twice()).isEmpty();
    }

    /** What readers see is what the policy at each offset says; looked at once more where a stream recorded meanwhile. */
    private void check(String step) {
        List<Long> before;
        List<Long> view;
        List<String> events;
        List<Event> counted;
        List<String> archived;
        do {
            before = seqs();
            Views.register(spark, lake.root());
            Row sums = spark.sql("SELECT coalesce(sum(n), 0), coalesce(sum(cost), 0) FROM sales_1m")
                    .head();
            view = List.of(sums.getLong(0), sums.getDecimal(1).longValue());
            events = spark.sql("SELECT id FROM sales_events ORDER BY id").collectAsList().stream()
                    .map(row -> row.getString(0))
                    .toList();
            counted = accepted(Stream.SPEED);
            archived = accepted(Stream.ARCHIVE).stream().map(Event::id).sorted().toList();
        } while (!seqs().equals(before));
        assertThat(view)
                .as(step)
                .isEqualTo(List.of(
                        (long) counted.size(),
                        counted.stream().mapToLong(Event::cost).sum()));
        assertThat(events).as(step).isEqualTo(archived);
    }

    private List<Long> seqs() {
        return java.util.stream.Stream.of(Stream.values())
                .map(stream -> lake.progress(before, stream).progress().seq())
                .toList();
    }

    private List<Event> accepted(Stream stream) {
        Cut cut = lake.progress(before, stream).progress().cut();
        Map<Long, PolicyChange> archive = changes(Stream.ARCHIVE);
        Map<Long, PolicyChange> speed = changes(Stream.SPEED);
        Predicate<Event> accepted = event -> {
            boolean strict = false;
            for (PolicyChange change : archive.values()) {
                PolicyChange repeated = speed.get(change.number());
                boolean holds = repeated != null && !event.isBelow(change.cut()) && !event.isBelow(repeated.cut());
                strict = holds ? change.policy().equals(after.policy()) : strict;
            }
            return !strict || event.accepted;
        };
        return sent.stream()
                .filter(event -> event.isBelow(cut))
                .filter(accepted)
                .toList();
    }

    /** As its ledger announced them. */
    private Map<Long, PolicyChange> changes(Stream stream) {
        Map<Long, PolicyChange> changes = new TreeMap<>();
        lake.progress(before, stream)
                .newest(1000)
                .forEach(record -> record.changes().forEach(change -> changes.putIfAbsent(change.number(), change)));
        return changes;
    }

    private Set<String> policies() {
        return java.util.stream.Stream.of(Stream.values())
                .map(stream ->
                        lake.progress(before, stream).last().orElseThrow().policy())
                .collect(Collectors.toSet());
    }

    private List<String> twice() {
        return decoded(Stream.ARCHIVE).differences(decoded(Stream.SPEED));
    }

    private DecodedRanges decoded(Stream stream) {
        DecodedRanges decoded = new DecodedRanges();
        for (ProgressRecord record : lake.progress(before, stream).newest(1000)) {
            decoded.add(record.progress(), record.policy());
        }
        return decoded;
    }

    private StreamOptions options() {
        return StreamOptions.of(Map.of("bootstrap.servers", kafka.bootstrapServers()), Duration.ofMillis(200));
    }

    private void start(Stream stream, Feed file) {
        running.put(stream, FeedStream.start(lake, file, stream, options()));
    }

    private void stop(Stream stream) {
        running.remove(stream).close();
    }

    private void drain(Stream stream) {
        running.get(stream).processAllAvailable();
    }

    /** Of each kind one to each partition, to the second one twice as many. */
    private void send() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int partition : List.of(0, 1, 1)) {
                send(producer, partition, 1, Duration.ZERO);
                send(producer, partition, -1, Duration.ZERO);
                send(producer, partition, 1, Duration.ofHours(2));
            }
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, int partition, int sign, Duration late) throws Exception {
        Instant now = Instant.now();
        int number = sent.size();
        long cost = sign * (1000L + number * 7L);
        String text = "{\"id\":\"s%d\",\"cost\":%d,\"at\":\"%s\"}".formatted(number, cost, now.minus(late));
        RecordMetadata at = producer.send(new ProducerRecord<>(
                        topic, partition, now.toEpochMilli(), null, text.getBytes(StandardCharsets.UTF_8)))
                .get(20, TimeUnit.SECONDS);
        String id = dev.tideline.operations.Topic.id(Map.of("bootstrap.servers", kafka.bootstrapServers()), topic);
        sent.add(new Event(
                new SourcePartition(topic, id, partition), at.offset(), "s" + number, cost, sign > 0 && late.isZero()));
    }
}
