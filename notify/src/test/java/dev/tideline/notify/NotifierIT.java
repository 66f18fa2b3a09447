package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.notify.Peer.Answer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The notifier between a broker and servers that misbehave. */
@Tag("lane-b")
class NotifierIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Backoff QUICK = new Backoff(() -> 0.02);

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;

    private String topic;
    private String name;

    @BeforeAll
    static void start() {
        kafka = EmbeddedKafka.start(dir);
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @BeforeEach
    void anyTopic(TestInfo test) {
        // Groups are named after channels: each test has its own.
        name = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
        topic = "alerts-" + name;
        kafka.createTopic(topic, 2);
    }

    private static void send(String topic, Transition... transitions) {
        send(topic, List.of(transitions).stream().collect(Collectors.toMap(Transition::key, TransitionJson::write)));
    }

    private static void send(String topic, Map<String, String> records) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            records.forEach((key, value) -> {
                var unused = producer.send(new ProducerRecord<>(topic, key, value));
            });
        }
    }

    private static Map<String, String> clients() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    private Notifier notifier(Channel... channels) {
        return notifier(channel -> new KafkaConsumer<>(Notifier.settings(clients(), channel)), channels);
    }

    private Notifier notifier(Function<Channel, Consumer<String, String>> consumers, Channel... channels) {
        return Notifier.start(topic, List.of(channels), QUICK, consumers, DeadLetterTopic.beside(topic, clients()));
    }

    private long committed(String channel) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            return admin
                    .listConsumerGroupOffsets("tideline-notifier-" + channel)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(OffsetAndMetadata::offset)
                    .sum();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Answers badly in every way, at random, and well in the end. */
    private static Peer moody(long seed, int ok) {
        Random random = new Random(seed);
        AtomicInteger asked = new AtomicInteger();
        return Peer.thatAnswers(ok).always(request -> switch (asked.getAndIncrement() < 30 ? random.nextInt(6) : 5) {
            case 0 -> Answer.of(500);
            case 1 -> new Answer(429, Map.of("Retry-After", "1"));
            case 2 -> asked.get() % 3 == 0 ? Answer.HANGS : Answer.of(503);
            case 3 -> Answer.CLOSES;
            default -> Answer.of(ok);
        });
    }

    @Test
    void everyAlertArrivesThroughServersThatMisbehave() {
        long seed = System.nanoTime();
        try (Peer hook = moody(seed, 200);
                Peer pager = moody(seed + 1, 202);
                Peer twilio = moody(seed + 2, 201)) {
            Map<String, Set<String>> critical = Map.of("severity", Set.of("critical"));
            Map<String, String> records = new HashMap<>();
            Set<String> keys = IntStream.range(0, 12).mapToObj(n -> "k" + n).collect(Collectors.toSet());
            keys.forEach(key -> records.put(
                    key,
                    TransitionJson.write(Transitions.with(
                            Transitions.firing(key),
                            Map.of("severity", "critical"),
                            Map.of("summary", "it is " + key)))));
            records.put(
                    "mild",
                    TransitionJson.write(
                            Transitions.with(Transitions.firing("mild"), Map.of("severity", "info"), Map.of())));
            records.put("junk", "no transition");
            records.put("hollow", "{\"labels\":{},\"annotations\":{}}");
            records.put("null", "null");
            send(topic, records);

            Channel[] channels = {
                Transitions.when(Transitions.channel(name + "-hook", Transitions.webhook(hook)), critical),
                Transitions.when(
                        Transitions.channel(name + "-pager", new PagerDuty(URI.create(pager.url()), new Secret("r"))),
                        critical),
                Transitions.when(
                        Transitions.channel(
                                name + "-text",
                                new Twilio(
                                        Twilio.Kind.SMS,
                                        URI.create(twilio.url()),
                                        "AC1",
                                        new Secret("t"),
                                        "+4911111",
                                        List.of("+4922222"))),
                        critical)
            };
            try (Notifier notifier = notifier(channels)) {
                await().atMost(LONG).untilAsserted(() -> {
                    for (Channel channel : channels) {
                        assertThat(committed(channel.name())).as(channel.name()).isEqualTo(records.size());
                    }
                });
            }
            assertThat(hook.answered(200))
                    .as("seed %d", seed)
                    .extracting(r -> r.header("Idempotency-Key").orElse(""))
                    .containsExactlyInAnyOrderElementsOf(
                            keys.stream().map(k -> k + "/FIRING").toList());
            assertThat(pager.answered(202))
                    .as("seed %d", seed)
                    .extracting(r -> r.body().replaceAll(".*\"dedup_key\":\"(\\w+)\".*", "$1"))
                    .containsExactlyInAnyOrderElementsOf(keys);
            assertThat(twilio.answered(201))
                    .as("seed %d", seed)
                    .extracting(r -> r.body().replaceAll(".*it\\+is\\+(\\w+)&.*", "$1"))
                    .containsExactlyInAnyOrderElementsOf(keys);
            // What was tried again is the same to the letter.
            assertThat(hook.requests.stream()
                            .collect(Collectors.groupingBy(
                                    r -> r.header("Idempotency-Key").orElse(""),
                                    Collectors.mapping(Peer.Request::body, Collectors.toSet())))
                            .values())
                    .allSatisfy(bodies -> assertThat(bodies).hasSize(1));
            assertThat(hook.requests).as("seed %d", seed).hasSizeGreaterThan(keys.size());
        }
    }

    @Test
    void aDeadChannelHandsOverToItsFallbackAndHoldsUpNoOther() {
        try (Peer dead = Peer.thatAnswers(503);
                Peer mail = Peer.thatAnswers(200);
                Peer other = Peer.thatAnswers(200)) {
            send(topic, Transitions.firing("k1"), Transitions.firing("k2"));
            Channel mailing = Transitions.when(
                    Transitions.channel(name + "-mail", Transitions.webhook(mail)), Map.of("severity", Set.of("none")));
            Channel oncall = Transitions.withFallback(
                    Transitions.channel(name + "-oncall", Transitions.webhook(dead)),
                    mailing.name(),
                    Duration.ofSeconds(3));
            Channel independent = Transitions.channel(name + "-other", Transitions.webhook(other));
            try (Notifier notifier = notifier(oncall, mailing, independent)) {
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(other.requests).hasSize(2));
                assertThat(mail.requests).isEmpty();
                assertThat(committed(oncall.name())).isZero();
                await().atMost(LONG)
                        .untilAsserted(
                                () -> assertThat(committed(oncall.name())).isEqualTo(2));
            }
            assertThat(mail.requests)
                    .extracting(r -> r.header("Idempotency-Key").orElse(""))
                    .containsExactlyInAnyOrder("k1/FIRING", "k2/FIRING");
        }
    }

    @Test
    void whatWasDeliveredButNotCommittedComesAgainWithTheSameKey() {
        try (Peer peer = Peer.thatAnswers(200)) {
            send(topic, Transitions.firing("k1"));
            Channel channel = Transitions.channel(name, Transitions.webhook(peer));
            Notifier killed = notifier(Killed::new, channel);
            await().atMost(LONG).untilAsserted(() -> assertThat(peer.requests).hasSize(1));
            assertThatThrownBy(killed::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("killed");
            killed.close();
            assertThat(committed(name)).isZero();

            try (Notifier next = notifier(channel)) {
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(committed(name)).isEqualTo(1));
            }
            assertThat(peer.requests)
                    .hasSize(2)
                    .allSatisfy(r -> assertThat(r.header("Idempotency-Key")).contains("k1/FIRING"));
            assertThat(peer.requests)
                    .extracting(Peer.Request::body)
                    .containsOnly(peer.requests.get(0).body());

            try (Notifier third = notifier(channel)) {
                send(topic, Transitions.firing("k2"));
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(peer.requests).hasSize(3));
            }
            assertThat(peer.requests.get(2).header("Idempotency-Key")).contains("k2/FIRING");
        }
    }

    /** Dies between the delivery and its commit. */
    private static final class Killed extends KafkaConsumer<String, String> {
        Killed(Channel channel) {
            super(Notifier.settings(clients(), channel));
        }

        @Override
        public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            throw new AssertionError("killed");
        }
    }

    @Test
    void aLongWaitKeepsItsPlaceInTheGroup() {
        try (Peer peer = Peer.thatAnswers(200).first(new Answer(503, Map.of("Retry-After", "8")))) {
            send(topic, Transitions.firing("k1"), Transitions.firing("k2"));
            Channel channel = Transitions.channel(name, Transitions.webhook(peer));
            AtomicInteger consumers = new AtomicInteger();
            Function<Channel, Consumer<String, String>> impatient = c -> {
                consumers.incrementAndGet();
                Map<String, Object> settings = Notifier.settings(clients(), c);
                settings.put("max.poll.interval.ms", "3000");
                settings.put("session.timeout.ms", "6000");
                settings.put("heartbeat.interval.ms", "500");
                return new KafkaConsumer<>(settings);
            };
            try (Notifier notifier = notifier(impatient, channel)) {
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(committed(name)).isEqualTo(2));
            }
            assertThat(peer.requests)
                    .as("one is asked twice, none is read again")
                    .hasSize(3);
            assertThat(consumers).hasValue(1);
        }
    }

    @Test
    void aSecondNotifierTakesOverWhileTheFirstWaits() {
        try (Peer peer = Peer.thatAnswers(503)) {
            for (int n = 0; n < 8; n++) {
                send(topic, Transitions.firing("k" + n));
            }
            Channel channel = Transitions.channel(name, Transitions.webhook(peer));
            try (Notifier first = notifier(channel)) {
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(peer.requests).hasSizeGreaterThan(3));
                try (Notifier second = notifier(channel)) {
                    await().atMost(LONG)
                            .untilAsserted(() -> assertThat(peer.requests.stream()
                                            .skip(Math.max(0, peer.requests.size() - 20))
                                            .map(r ->
                                                    r.header("Idempotency-Key").orElse(""))
                                            .distinct())
                                    .as("one key of each partition")
                                    .hasSize(2));
                    peer.always(request -> Answer.of(200));
                    await().atMost(LONG)
                            .untilAsserted(() -> assertThat(committed(name)).isEqualTo(8));
                }
            }
            assertThat(peer.answered(200))
                    .extracting(r -> r.header("Idempotency-Key").orElse(""))
                    .contains(IntStream.range(0, 8)
                            .mapToObj(n -> "k" + n + "/FIRING")
                            .toArray(String[]::new));
        }
    }

    @Test
    void closingLetsARunningAttemptEndAndCommitsIt() throws Exception {
        try (Peer peer = Peer.thatAnswers(200)) {
            AtomicInteger arrived = new AtomicInteger();
            Function<Peer.Request, Answer> slow = request -> {
                arrived.incrementAndGet();
                try {
                    Thread.sleep(1000); // a server that takes its time
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return Answer.of(200);
            };
            peer.always(slow);
            send(topic, Transitions.firing("k1"));
            Notifier notifier = notifier(Transitions.channel(name, Transitions.webhook(peer)));
            await().atMost(LONG).until(() -> arrived.get() == 1);
            notifier.close();
            notifier.await();
            assertThat(committed(name)).isEqualTo(1);
        }
    }

    @Test
    void theAlertsBehindOneThatIsRefusedGoOnAfterADay() throws Exception {
        try (Peer peer = Peer.thatAnswers(200)
                .always(request -> request.header("Idempotency-Key").orElse("").startsWith("bad")
                        ? Answer.of(400)
                        : Answer.of(200))) {
            send(topic, Transitions.firing("bad"));
            send(topic, Transitions.firing("good")); // both are older than a day
            try (Notifier notifier = notifier(Transitions.channel(name, Transitions.webhook(peer)))) {
                await().atMost(LONG).until(() -> committed(name) == 2);
            }
            assertThat(peer.requests.stream()
                            .map(r -> r.header("Idempotency-Key").orElse("")))
                    .contains("good/FIRING");
            Channel reader = Transitions.channel(name + "-letters", Transitions.webhook(peer));
            try (Consumer<String, String> letters = new KafkaConsumer<>(Notifier.settings(clients(), reader))) {
                letters.subscribe(List.of(topic + "-dead-letter"));
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(letters.poll(Duration.ofSeconds(1)))
                                .singleElement()
                                .satisfies(letter -> assertThat(letter.key()).isEqualTo("bad")));
            }
        }
    }
}
