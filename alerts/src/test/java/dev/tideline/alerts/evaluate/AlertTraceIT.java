package dev.tideline.alerts.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tideline.alerts.engine.AlertState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.batch.Recompute;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.lake.LakeSession;
import dev.tideline.ledger.Stream;
import dev.tideline.notify.Channel;
import dev.tideline.notify.ChannelFile;
import dev.tideline.notify.Channels;
import dev.tideline.notify.Notifier;
import dev.tideline.notify.Transition;
import dev.tideline.notify.TransitionJson;
import dev.tideline.serving.Views;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The trace of docs/ALERTS.md, with the rules and the table as they stand there: events through Kafka and the speed layer, a new
 * evaluator at every step, and at every step a second evaluation that must have nothing to tell.
 */
class AlertTraceIT {
    /** As many lines of the table as have an alert fire, resolve, flap and outlive a query that fails. */
    private static final int FIRST_LINES = 12;

    private static final LocalDate DAY = LocalDate.parse("2026-01-01");
    private static final Path PAGE = Path.of("../docs/ALERTS.md");
    private static final Pattern EVENT = Pattern.compile("([a-z])=(\\d+)(?:@(\\d\\d:\\d\\d:\\d\\d))?");

    @TempDir
    Path dir;

    private EmbeddedKafka kafka;
    private Lake lake;
    private Feed metrics;
    private RuleGroup sound;
    private RuleGroup group;
    private long read;
    private Hooks received;

    /** One line of the table. */
    private record Step(String time, String happens, String hot, String told, String history) {
        Instant at() {
            return Instant.parse(DAY + "T" + time + "Z");
        }

        List<String> words() {
            return Pattern.compile("`([^`]+)`")
                    .matcher(happens)
                    .results()
                    .map(result -> result.group(1))
                    .toList();
        }

        @Override
        public String toString() {
            return time + " " + happens;
        }
    }

    @Test
    @Tag("lane-b")
    void beginsAsItsTableSays() throws Exception {
        goesAs(table().subList(0, FIRST_LINES));
    }

    @Test
    @Tag("lane-c")
    void goesAsItsTableSays() throws Exception {
        List<Step> all = table();
        goesAs(all);
        List<String> last = all.stream()
                .map(step -> list(step.history()))
                .filter(marks -> !marks.isEmpty())
                .reduce((earlier, later) -> later)
                .orElseThrow();
        assertThat(history()).containsExactlyInAnyOrderElementsOf(last);
    }

    private static List<Step> table() throws IOException {
        List<Step> steps = section(
                        Files.readString(PAGE), "\\| time \\| what happens .*?\\n\\|[-|]+\\n(.*?)\\n(?:\\n|$)")
                .lines()
                .map(AlertTraceIT::step)
                .toList();
        assertThat(steps).hasSizeGreaterThan(25);
        return steps;
    }

    private void goesAs(List<Step> steps) throws Exception {
        metrics = FeedFile.parse(
                "metrics.yaml",
                new String(
                        Feed.class.getResourceAsStream("/feeds/metrics.yaml").readAllBytes(), StandardCharsets.UTF_8));
        RuleFile rules = RuleFile.parse(
                "ALERTS.md", section(Files.readString(PAGE), "```yaml\n(groups:\n  - name: trace.*?)```"));
        assertThat(rules.problems()).isEmpty();
        sound = rules.groups().get(0);
        group = sound;
        try (EmbeddedKafka broker = EmbeddedKafka.start(dir.resolve("kafka"))) {
            kafka = broker;
            kafka.createTopic("metrics", 2);
            lake = Lake.at(
                    LakeSession.local("local[2]", 2, Map.of()),
                    dir.resolve("lake").toString());
            StreamOptions options = StreamOptions.of(settings(), Duration.ofMillis(200));
            try (Hooks hooks = new Hooks();
                    Notifier notifier = Notifier.start(settings(), "alerts", hooks.channels());
                    RunningStream speed = FeedStream.start(lake, metrics, Stream.SPEED, options);
                    RunningStream archive = FeedStream.start(lake, metrics, Stream.ARCHIVE, options)) {
                received = hooks;
                assertThat(notifier).isNotNull();
                for (Step step : steps) {
                    happens(step, speed, archive);
                    try (Evaluator evaluator = new Evaluator(lake, () -> List.of(group), settings(), "alerts")) {
                        assertThat(told(evaluator, step)).as("told at " + step).isEqualTo(list(step.told()));
                        assertThat(hot()).as("state at " + step).isEqualTo(step.hot());
                        assertThat(told(evaluator, step))
                                .as("told again at " + step)
                                .isEmpty();
                    }
                    isDelivered(step);
                    if (!step.history().isEmpty()) {
                        assertThat(marked(step)).as("history at " + step).isEqualTo(list(step.history()));
                    }
                }
            }
            everyKeyFiredOnceAndWasResolvedOnceOrFiresStill();
        }
    }

    private static String section(String page, String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(page);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }

    private static Step step(String line) {
        List<String> cells =
                Arrays.stream(line.split("\\|", -1)).map(String::trim).toList();
        return new Step(cells.get(1), cells.get(2), cells.get(3), cells.get(4), cells.get(5));
    }

    private static List<String> list(String cell) {
        return cell.isEmpty() ? List.of() : List.of(cell.split(", "));
    }

    private void happens(Step step, RunningStream speed, RunningStream archive) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (String word : step.words()) {
            MatchResult event = EVENT.matcher(word).results().findFirst().orElse(null);
            if (event != null) {
                records.add(record(step, event));
            }
            switch (word) {
                case "query fails" -> group = hot("last AS value", "lost AS value");
                case "same labels" -> group = hot("labels['host'] AS host, last AS value", "0 AS value");
                case "query works" -> group = sound;
                case "channel dead" -> received.dead = true;
                case "recompute" -> {
                    archive.processAllAvailable();
                    Recompute.run(lake, metrics, DAY, step.at());
                }
                default -> {}
            }
        }
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(new HashMap<>(settings()), new StringSerializer(), new StringSerializer())) {
            for (ProducerRecord<String, String> record : records) {
                producer.send(record).get();
            }
        }
        speed.processAllAvailable();
    }

    /** The event at its own time; Kafka has it at the step's. */
    private static ProducerRecord<String, String> record(Step step, MatchResult event) {
        String time = event.group(3) == null ? step.time() : event.group(3);
        String json = "{\"metric\":\"%s\",\"labels\":{\"host\":\"%s\"},\"value\":%s,\"time\":\"%sT%sZ\"}"
                .formatted(
                        event.group(1).equals("d") ? "heartbeat" : "temperature",
                        event.group(1),
                        event.group(2),
                        DAY,
                        time);
        return new ProducerRecord<>("metrics", null, step.at().toEpochMilli(), event.group(1), json);
    }

    /** The group with another query of Hot; for {@code same labels} one that has each row twice. */
    private RuleGroup hot(String what, String by) {
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : sound.rules()) {
            String expr = rule.expr().replace(what, by);
            if (by.startsWith("0")) {
                expr = expr + " UNION ALL " + expr;
            }
            rules.add(
                    rule.name().equals("Hot")
                            ? new Rule(
                                    rule.group(),
                                    rule.name(),
                                    expr,
                                    rule.window(),
                                    rule.condition(),
                                    rule.resolveWhen(),
                                    rule.pendingFor(),
                                    rule.keepFiringFor(),
                                    rule.noData(),
                                    rule.onError(),
                                    rule.minCompleteness(),
                                    rule.limit(),
                                    rule.labels(),
                                    rule.annotations())
                            : rule);
        }
        return new RuleGroup(sound.name(), sound.interval(), sound.lookback(), sound.revisit(), rules);
    }

    /** What one evaluation puts on the topic. */
    private List<String> told(Evaluator evaluator, Step step) {
        evaluator.evaluate(group, List.of(group), step.at());
        evaluator.restate(List.of(group), step.at());
        List<Transition> all = topic();
        List<String> told = all.subList((int) read, all.size()).stream()
                .map(t -> t.alert() + " " + t.kind().name().toLowerCase(Locale.ROOT))
                .toList();
        read = all.size();
        return told;
    }

    /** What is told is received: by the channel, or, while that is dead, by its fallback. */
    private void isDelivered(Step step) {
        String channel = received.dead ? "spare " : "hook ";
        for (String told : list(step.told())) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(received.all).as("received at " + step).contains(channel + told));
        }
        received.all.clear();
    }

    /** A webhook that can die, and one that is its fallback. */
    private static final class Hooks implements AutoCloseable {
        private final HttpServer server;
        private final List<String> all = new CopyOnWriteArrayList<>();
        private volatile boolean dead;

        Hooks() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/hook", exchange -> receive("hook", exchange, dead));
            server.createContext("/spare", exchange -> receive("spare", exchange, false));
            server.start();
        }

        List<Channel> channels() {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            Channels channels = ChannelFile.parse("channels.yaml", """
                    channels:
                      hook: { type: webhook, url: "%s/hook", fallback: spare, give_up_after: 1s }
                      spare: { type: webhook, url: "%s/spare", when: { severity: nobody } }
                    """.formatted(url, url), Map.of());
            assertThat(channels.problems()).isEmpty();
            return channels.good();
        }

        private void receive(String channel, HttpExchange exchange, boolean fails) throws IOException {
            try (exchange) {
                JsonNode alert = new ObjectMapper()
                        .readTree(exchange.getRequestBody())
                        .path("alerts")
                        .path(0);
                if (!fails) {
                    all.add(channel + " "
                            + alert.path("labels").path("alertname").asText() + " "
                            + alert.path("status").asText());
                }
                exchange.sendResponseHeaders(fails ? 500 : 200, -1);
            }
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private List<Transition> topic() {
        List<Transition> told = new ArrayList<>();
        Map<String, Object> settings = new HashMap<>(settings());
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            if (!consumer.listTopics().containsKey("alerts")) {
                return told;
            }
            TopicPartition partition = new TopicPartition("alerts", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    told.add(TransitionJson.read(record.value()));
                    assertThat(record.key()).isEqualTo(told.get(told.size() - 1).key());
                }
            }
        }
        return told;
    }

    private String hot() {
        return new AlertLedger(lake)
                .last().orElseThrow().rule("trace/Hot").orElseThrow().instances().stream()
                        .map(instance -> instance.shown().state())
                        .findFirst()
                        .orElse(AlertState.State.INACTIVE)
                        .name()
                        .toLowerCase(Locale.ROOT);
    }

    /** What the record of this step marks in history. */
    private List<String> marked(Step step) {
        List<String> marks = new ArrayList<>();
        for (AlertRecord record : new AlertLedger(lake).all()) {
            if (record.at().isBefore(step.at())) {
                continue;
            }
            for (AlertRecord.Restatement restatement : record.restatements()) {
                restatement.missed().forEach(t -> marks.add("missed " + name(t)));
                restatement.wouldNotHaveFired().forEach(key -> marks.add("would_not_have_fired " + name(key)));
            }
        }
        return marks;
    }

    private static String name(Transition t) {
        return t.alert() + " " + t.startsAt().toString().substring(11, 19);
    }

    private String name(String key) {
        return name(
                topic().stream().filter(t -> t.key().equals(key)).findFirst().orElseThrow());
    }

    /** The same by SQL, for people. */
    private List<String> history() {
        return new Views(lake)
                        .view("alerts_history")
                        .where("restated IS NOT NULL AND kind = 'firing' OR kind = 'missed'")
                        .selectExpr(
                                "coalesce(restated, kind) || ' ' || alert || ' ' || date_format(starts_at, 'HH:mm:ss')")
                        .collectAsList()
                        .stream()
                        .map(row -> row.getString(0))
                        .toList();
    }

    private void everyKeyFiredOnceAndWasResolvedOnceOrFiresStill() {
        Map<String, List<Transition.Kind>> byKey = topic().stream()
                .collect(Collectors.groupingBy(
                        Transition::key, Collectors.mapping(Transition::kind, Collectors.toList())));
        byKey.forEach((key, kinds) -> {
            for (int i = 0; i < kinds.size(); i++) {
                assertThat(kinds.get(i))
                        .as(key + " " + kinds)
                        .isEqualTo(i % 2 == 0 ? Transition.Kind.FIRING : Transition.Kind.RESOLVED);
            }
        });
    }

    private Map<String, String> settings() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }
}
