package dev.tideline.bench;

import dev.tideline.operations.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What one would write by hand to count clicks: a consumer for each thread, a scan of the JSON's bytes for the fields that
 * matter, and one hash map for each of the three rollups. It rejects nothing, removes no duplicate and stores nothing: the
 * practical limit of the machine, not an alternative.
 */
final class HandWritten {
    private final String servers;
    private final String topic;

    HandWritten(String servers, String topic) {
        this.servers = servers;
        this.topic = topic;
    }

    /** Counts every record that the topic has now, on as many threads as given; returns how many it read. */
    long count(int threads) throws Exception {
        Map<Integer, Long> ends = ends();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Long>> read = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int worker = t;
                List<Integer> mine = ends.keySet().stream()
                        .filter(p -> p % threads == worker)
                        .toList();
                read.add(workers.submit(() -> count(mine, ends)));
            }
            long total = 0;
            for (Future<Long> part : read) {
                total += part.get();
            }
            return total;
        } finally {
            workers.shutdownNow();
        }
    }

    private Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new HashMap<>();
        Topic.describe(Map.of("bootstrap.servers", servers), topic)
                .latest()
                .offsets()
                .forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    private record Key(long ad, long campaign, String country, String device, long minute) {}

    private long count(List<Integer> partitions, Map<Integer, Long> ends) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                servers,
                "fetch.min.bytes",
                1 << 20,
                "max.partition.fetch.bytes",
                8 << 20,
                "max.poll.records",
                50_000);
        Map<Key, long[]> byAd = new HashMap<>();
        Map<Key, long[]> byAdAndCountry = new HashMap<>();
        Map<Key, Set<String>> bySegment = new HashMap<>();
        long read = 0;
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> assigned =
                    partitions.stream().map(p -> new TopicPartition(topic, p)).toList();
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            while (assigned.stream().anyMatch(p -> consumer.position(p) < ends.get(p.partition()))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    read++;
                    byte[] json = record.value();
                    if (json == null || !"true".equals(text(json, "is_valid"))) {
                        continue;
                    }
                    long ad = number(text(json, "ad_id"));
                    long campaign = number(text(json, "campaign_id"));
                    long cost = number(text(json, "cost_micros"));
                    String country = text(json, "country");
                    String device = text(json, "device");
                    long minute = minute(text(json, "clicked_at"));
                    add(byAd, new Key(ad, campaign, "", "", minute), cost);
                    add(byAdAndCountry, new Key(ad, 0, country, "", minute), cost);
                    bySegment
                            .computeIfAbsent(new Key(0, campaign, country, device, minute), k -> new HashSet<>())
                            .add(text(json, "user_id"));
                }
            }
        }
        return read;
    }

    private static void add(Map<Key, long[]> sums, Key key, long cost) {
        long[] sum = sums.computeIfAbsent(key, k -> new long[2]);
        sum[0]++;
        sum[1] += cost;
    }

    private static long minute(String time) {
        if (time.isEmpty()) {
            return 0;
        }
        boolean epoch = time.length() < 14 || time.indexOf('T') < 0;
        long millis = epoch ? number(time) : millis(time);
        return millis / 60_000;
    }

    private static long millis(String time) {
        try {
            return time.endsWith("Z")
                    ? Instant.parse(time).toEpochMilli()
                    : java.time.OffsetDateTime.parse(time).toInstant().toEpochMilli();
        } catch (java.time.format.DateTimeParseException e) {
            return 0;
        }
    }

    private static long number(String text) {
        long n = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                n = n * 10 + (c - '0');
            }
        }
        return n;
    }

    /** The value of a top-level field, found by scanning the bytes; empty when it is not there. */
    private static String text(byte[] json, String field) {
        byte[] name = field.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + name.length + 3 < json.length; i++) {
            if (json[i] == '"' && json[i + name.length + 1] == '"' && matches(json, i + 1, name)) {
                int from = i + name.length + 2;
                while (from < json.length && (json[from] == ':' || json[from] == ' ')) {
                    from++;
                }
                boolean quoted = from < json.length && json[from] == '"';
                from += quoted ? 1 : 0;
                int to = from;
                while (to < json.length && (quoted ? json[to] != '"' : json[to] != ',' && json[to] != '}')) {
                    to++;
                }
                return new String(json, from, to - from, StandardCharsets.US_ASCII);
            }
        }
        return "";
    }

    private static boolean matches(byte[] json, int at, byte[] name) {
        for (int i = 0; i < name.length; i++) {
            if (json[at + i] != name[i]) {
                return false;
            }
        }
        return true;
    }
}
