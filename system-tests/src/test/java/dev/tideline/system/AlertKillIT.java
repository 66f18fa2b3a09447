package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.alerts.evaluate.AlertRecord;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.Stream;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of the real evaluator and the real notifier at random moments, while one host after the other is hot for one
 * window: of each the webhook receives in the end that it fires and that it is resolved, under one key, and of no other anything.
 *
 * <p>{@code -Dtideline.seed=N} replays the moments as far as the machine does, {@code -Dtideline.long=true} kills each ten times, else twice.
 */
@Tag("lane-c")
class AlertKillIT {
    private static final int TIMES = Boolean.getBoolean("tideline.long") ? 10 : 2;
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private final long seed = Long.getLong("tideline.seed", System.nanoTime() % 1_000_000);
    private final Random random = new Random(seed);
    private final Map<String, Set<String>> keys = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> received = new ConcurrentHashMap<>();
    private final AtomicInteger deliveries = new AtomicInteger();
    private Path config;

    @Test
    void noAlertIsLostAndNoneHasTwoKeys() throws Exception {
        System.err.println("-Dtideline.seed=" + seed);
        HttpServer hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/", this::receive);
        hook.start();
        try (LocalStack stack = LocalStack.withOwnBucket(dir.resolve("stack"))) {
            config = configure(stack, hook);
            Feeds feeds = Feeds.of(Optional.empty());
            stack.createTopics(feeds);
            Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
            try (Session session = Command.SESSIONS.open(read);
                    RunningStream speed = start(session, feeds.named("metrics"), Stream.SPEED, read);
                    RunningStream archive = start(session, feeds.named("metrics"), Stream.ARCHIVE, read)) {
                AlertLedger ledger = new AlertLedger(session.lake());
                try (OwnProcess evaluator = evaluator()) {
                    // From its first record on every window is judged, whoever is dead meanwhile.
                    await().atMost(MOST).until(() -> ledger.last().isPresent() || !evaluator.isAlive());
                }
                Set<String> all = killAgainAndAgain(ledger, stack.kafka().bootstrapServers());
                try (OwnProcess evaluator = evaluator();
                        OwnProcess notifier = notifier()) {
                    await().atMost(MOST)
                            .untilAsserted(() -> assertThat(received)
                                    .as(evaluator.words() + notifier.words())
                                    .hasSize(all.size())
                                    .allSatisfy((host, states) -> assertThat(states)
                                            .as(host)
                                            .containsExactlyInAnyOrder("firing", "resolved")));
                }
                assertThat(received.keySet()).isEqualTo(all);
                assertThat(keys)
                        .allSatisfy((host, some) -> assertThat(some).as(host).hasSize(1));
                assertThat(speed.isActive() && archive.isActive()).isTrue();
                System.err.printf("%d alerts, %d deliveries, %d kills%n", all.size(), deliveries.get(), 2 * TIMES);
            }
        } finally {
            hook.stop(0);
        }
    }

    /** The hosts that were hot meanwhile. */
    private Set<String> killAgainAndAgain(AlertLedger ledger, String bootstrapServers) throws InterruptedException {
        OwnProcess notifier = notifier();
        try (Hot hot = new Hot(bootstrapServers)) {
            for (int i = 0; i < TIMES; i++) {
                long before = ledger.last().map(AlertRecord::number).orElse(0L);
                try (OwnProcess evaluator = evaluator()) {
                    // Something is recorded, and then some more time: in the middle of whatever it does.
                    await().atMost(MOST)
                            .until(() ->
                                    ledger.last().map(AlertRecord::number).orElse(0L) > before || !evaluator.isAlive());
                    pause(random.nextInt(4000));
                    assertThat(notifier.kill()).as(notifier.words()).isEqualTo(OwnProcess.SIGKILL);
                    notifier.close();
                    notifier = notifier();
                    pause(random.nextInt(4000));
                    assertThat(evaluator.kill()).as(evaluator.words()).isEqualTo(OwnProcess.SIGKILL);
                }
            }
            return hot.stop();
        } finally {
            notifier.close();
        }
    }

    private static void pause(int millis) {
        await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
    }

    private OwnProcess evaluator() {
        return OwnProcess.tideline(dir, "alerts", "run", "--no-notify", "--config", config.toString());
    }

    private OwnProcess notifier() {
        return OwnProcess.tideline(dir, "alerts", "notify", "--config", config.toString());
    }

    private static RunningStream start(Session session, Feed feed, Stream stream, Config config) {
        return FeedStream.start(
                session.lake(), feed, stream, StreamOptions.of(config.requireKafka(), Duration.ofSeconds(1)));
    }

    private Path configure(LocalStack stack, HttpServer hook) throws IOException {
        Path rules = Files.createDirectories(dir.resolve("rules"));
        Files.writeString(rules.resolve("hot.yaml"), """
                groups:
                  - name: hot
                    interval: 1s
                    revisit: 20s
                    rules:
                      - alert: Hot
                        expr: |
                          SELECT window(time, '5 seconds').start AS window_start, labels['host'] AS host,
                            max(value) AS value
                          FROM metrics_events WHERE metric = 'temperature' AND time >= :from AND time < :to
                          GROUP BY 1, 2
                        window: 5s
                        condition: "> 50"
                """);
        Path channels = dir.resolve("channels.yaml");
        Files.writeString(
                channels,
                "channels:\n  hook: { type: webhook, url: \"http://127.0.0.1:%d/\" }\n"
                        .formatted(hook.getAddress().getPort()));
        return stack.write(Map.of(
                "alerts.rules",
                rules.toString(),
                "alerts.channels",
                channels.toString(),
                "spark.sql.shuffle.partitions",
                "2"));
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode alert =
                    JSON.readTree(exchange.getRequestBody()).path("alerts").path(0);
            String host = alert.path("labels").path("host").asText();
            keys.computeIfAbsent(host, h -> new ConcurrentSkipListSet<>())
                    .add(alert.path("fingerprint").asText());
            received.computeIfAbsent(host, h -> new ConcurrentSkipListSet<>())
                    .add(alert.path("status").asText());
            deliveries.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /** One host after the other that is hot, once each. */
    private static final class Hot implements AutoCloseable {
        private final KafkaProducer<String, String> producer;
        private final List<String> hosts = new ArrayList<>();
        private final Thread thread = new Thread(this::run, "hot");
        private volatile boolean stopping;

        Hot(String bootstrapServers) {
            producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new StringSerializer());
            thread.start();
        }

        private void run() {
            try {
                while (!stopping) {
                    String host = "host-" + hosts.size();
                    producer.send(new ProducerRecord<>(
                                    "metrics",
                                    "{\"metric\":\"temperature\",\"labels\":{\"host\":\"%s\"},\"value\":99,\"time\":\"%s\"}"
                                            .formatted(host, Instant.now())))
                            .get();
                    hosts.add(host);
                    Thread.sleep(700);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        Set<String> stop() throws InterruptedException {
            stopping = true;
            thread.join();
            return new TreeSet<>(hosts);
        }

        @Override
        public void close() throws InterruptedException {
            stop();
            producer.close();
        }
    }
}
