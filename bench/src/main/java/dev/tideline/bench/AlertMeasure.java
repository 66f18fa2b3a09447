package dev.tideline.bench;

import dev.tideline.alerts.evaluate.AlertLedger;
import dev.tideline.alerts.evaluate.Evaluator;
import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.notify.Transition;
import dev.tideline.notify.TransitionJson;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * How long after an event was sent Kafka has the alert that it fires, and what an evaluation of many rules takes. A hundred hosts
 * send a sample a second each; one after the other goes above the limit. Each must fire, once, and no other.
 */
final class AlertMeasure implements Measure {
    private static final int HOSTS = 100;
    private static final int RULES = 1000;
    private static final long EVENT_MILLIS = 700; // no divisor of the triggers: alerts meet every moment between two

    @Override
    public int row() {
        return 12;
    }

    @Override
    public String name() {
        return "alerts";
    }

    @Override
    public boolean onlyByName() {
        return true;
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        List<Figure> figures = new ArrayList<>();
        if (!site.size().quick()) {
            List<Double> slow = delays(site, Duration.ofSeconds(5));
            figures.add(Figure.of(12, "from an event to its alert, triggers of 5 s, p50", Quantile.of(slow, 50), "s"));
            figures.add(Figure.of(12, "from an event to its alert, triggers of 5 s, p99", Quantile.of(slow, 99), "s")
                    .towards(15, 12, 10));
        }
        List<Double> quick = delays(site, Duration.ofSeconds(1));
        figures.add(Figure.of(12, "from an event to its alert, triggers of 1 s, p50", Quantile.of(quick, 50), "s"));
        figures.add(Figure.of(12, "from an event to its alert, triggers of 1 s, p99", Quantile.of(quick, 99), "s")
                .towards(15, 5, 2.5));
        if (!site.size().quick()) {
            figures.add(Figure.of(12, "an evaluation of 1,000 rules", many(site), "s"));
        }
        return figures;
    }

    private List<Double> delays(Site site, Duration trigger) throws Exception {
        String name = "alerted-" + trigger.toSeconds();
        Feed feed = Streams.feed("/feeds/metrics.yaml", name);
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        Lake lake = site.lake();
        String topic = "alerts-" + trigger.toSeconds();
        int events = Math.max(20, site.size().seconds() * 2);
        Map<String, Instant> sent = new ConcurrentHashMap<>();
        RuleGroup group = rules("""
                groups:
                  - name: hosts
                    interval: %dms
                    rules:
                      - alert: Hot
                        expr: |
                          SELECT window_start, labels['host'] AS host, max AS value, provisional FROM metrics_1m
                          WHERE metric = 'temperature' AND window_start >= :from AND window_start < :to
                        condition: "> 50"
                """.formatted(trigger.toMillis())).get(0);
        Map<String, String> kafka = Map.of("bootstrap.servers", site.kafka().bootstrapServers());
        try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, site.options(trigger));
                Evaluator evaluator = new Evaluator(lake, () -> List.of(group), kafka, topic);
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(new HashMap<>(kafka), new StringSerializer(), new StringSerializer())) {
            Thread evaluating = new Thread(() -> run(evaluator), "evaluator");
            evaluating.start();
            Instant warm = Instant.now().plusSeconds(site.size().quick() ? 10 : 30);
            while (Instant.now().isBefore(warm)) {
                quiet(producer, feed);
                Thread.sleep(1000);
            }
            for (int i = 0; i < events; i++) {
                if (i % 2 == 0) {
                    quiet(producer, feed);
                }
                sent.put("hot-" + i, Instant.now());
                producer.send(sample(feed, "hot-" + i, 99)).get();
                Thread.sleep(EVENT_MILLIS);
            }
            Thread.sleep(3 * trigger.toMillis() + 5000);
            speed.processAllAvailable();
            evaluating.interrupt();
            evaluating.join();
        }
        return checked(told(kafka, topic), sent);
    }

    private static void run(Evaluator evaluator) {
        try {
            evaluator.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what is not there is missed by the check
    private static void quiet(KafkaProducer<String, String> producer, Feed feed) {
        IntStream.range(0, HOSTS).forEach(i -> producer.send(sample(feed, "host-" + i, 10)));
    }

    private static ProducerRecord<String, String> sample(Feed feed, String host, int value) {
        return new ProducerRecord<>(
                feed.topic(),
                "{\"metric\":\"temperature\",\"labels\":{\"host\":\"%s\"},\"value\":%d,\"time\":\"%s\"}"
                        .formatted(host, value, Instant.now()));
    }

    /** When Kafka had each alert, by host. */
    private static Map<String, List<Instant>> told(Map<String, String> kafka, String topic) {
        Map<String, List<Instant>> told = new HashMap<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(new HashMap<>(kafka), new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> {
                    Transition transition = TransitionJson.read(record.value());
                    if (transition.kind() == Transition.Kind.FIRING) {
                        told.computeIfAbsent(transition.labels().get("host"), host -> new ArrayList<>())
                                .add(Instant.ofEpochMilli(record.timestamp()));
                    }
                });
            }
        }
        return told;
    }

    private static List<Double> checked(Map<String, List<Instant>> told, Map<String, Instant> sent) {
        if (!told.keySet().equals(sent.keySet()) || told.values().stream().anyMatch(times -> times.size() != 1)) {
            throw new IllegalStateException(
                    "told of %d alerts, %d must have fired once each: %s".formatted(told.size(), sent.size(), told));
        }
        return sent.entrySet().stream()
                .map(e -> Duration.between(e.getValue(), told.get(e.getKey()).get(0))
                                .toMillis()
                        / 1000.0)
                .toList();
    }

    /** Seconds that one evaluation of many rules takes, over hosts of which each rule has its own limit for one. */
    private double many(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/metrics.yaml", "many-rules");
        site.kafka().createTopic(feed.topic(), Site.PARTITIONS);
        Lake lake = site.lake();
        Map<String, String> kafka = Map.of("bootstrap.servers", site.kafka().bootstrapServers());
        String text = "groups:\n  - name: many\n    rules:\n"
                + IntStream.range(0, RULES).mapToObj(AlertMeasure::rule).collect(Collectors.joining());
        List<RuleGroup> groups = rules(text);
        List<Double> seconds = new ArrayList<>();
        try (RunningStream speed = FeedStream.start(lake, feed, Stream.SPEED, site.options(Duration.ofSeconds(1)));
                Evaluator evaluator = new Evaluator(lake, () -> groups, kafka, "alerts-many");
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(new HashMap<>(kafka), new StringSerializer(), new StringSerializer())) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < HOSTS; i++) {
                    producer.send(sample(feed, "host-" + i, 10)).get();
                }
                speed.processAllAvailable();
                long began = System.nanoTime();
                evaluator.evaluate(groups.get(0), groups, Instant.now());
                seconds.add((System.nanoTime() - began) / 1e9);
                site.progress().say("an evaluation of %,d rules: %.1f s".formatted(RULES, seconds.get(round)));
            }
            int active = new AlertLedger(lake).last().orElseThrow().active().size();
            if (active != RULES / 2) {
                throw new IllegalStateException("%d alerts fire, %d should".formatted(active, RULES / 2));
            }
        }
        return Quantile.of(seconds.subList(1, seconds.size()), 50);
    }

    /** Every other one fires. */
    private static String rule(int i) {
        return """
                      - alert: Rule%d
                        expr: |
                          SELECT window_start, labels['host'] AS host, max AS value FROM metrics_1m
                          WHERE metric = 'temperature' AND labels['host'] = 'host-%d'
                            AND window_start >= :from AND window_start < :to
                        condition: "> %d"
                """.formatted(i, i % HOSTS, i % 2 == 0 ? 5 : 50);
    }

    private static List<RuleGroup> rules(String text) {
        RuleFile file = RuleFile.parse("bench", text);
        if (!file.problems().isEmpty()) {
            throw new IllegalStateException(String.join("\n", file.problems()));
        }
        return file.groups();
    }
}
