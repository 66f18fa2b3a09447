package dev.tideline.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Samples of server metrics as agents send them: every series once each 15 s. A third are counters, which grow by whole
 * numbers and rest at night; a third are ratios that wander, to three decimals; a third are gauges that seldom change.
 *
 * @param series how many: a metric of 20, on a host that runs one service
 * @param start of the first round, UTC
 */
record Samples(int series, Instant start) {
    static final int INTERVAL_MS = 15_000;
    private static final int METRICS = 20;
    private static final int SERVICES = 50;

    String metric(int s) {
        return "metric_%02d".formatted(s % METRICS);
    }

    String host(int s) {
        return "host-%05d".formatted(s / METRICS);
    }

    String service(int s) {
        return "service-%02d".formatted(s / METRICS % SERVICES);
    }

    long timeMs(long round) {
        return start.toEpochMilli() + round * INTERVAL_MS;
    }

    double value(int s, long round) {
        long noise = mix(s * 1_000_003L + round);
        return switch (s % 3) {
            case 0 -> Math.floorMod(mix(s), 1_000_000L) + round * Math.floorMod(mix(s), 40L) + Math.floorMod(noise, 7L);
            case 1 -> Math.round(1000 * (0.5 + 0.4 * Math.sin(s + round / 40.0)) + Math.floorMod(noise, 20L)) / 1000.0;
            default -> Math.floorMod(mix(s + round / 100), 64L);
        };
    }

    private static long mix(long x) {
        long z = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** What an agent sends: JSON. */
    byte[] payload(int s, long round) {
        return ("{\"metric\":\"" + metric(s) + "\",\"labels\":{\"host\":\"" + host(s) + "\",\"service\":\"" + service(s)
                        + "\",\"region\":\"eu-west-1\"},\"value\":" + value(s, round) + ",\"time\":\""
                        + Instant.ofEpochMilli(timeMs(round)) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Sends {@code count} samples, and writes what they say to {@code file}: series, epoch milliseconds, value. */
    @SuppressWarnings("FutureReturnValueIgnored") // flush waits for all, and the reader counts them
    void send(String servers, String topic, int partitions, long count, Path file) throws IOException {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", servers, "linger.ms", 10, "batch.size", 256 << 10, "compression.type", "lz4");
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
                BufferedWriter out = Files.newBufferedWriter(file)) {
            for (long k = 0; k < count; k++) {
                int s = (int) (k % series);
                long round = k / series;
                producer.send(new ProducerRecord<>(topic, s % partitions, timeMs(round), null, payload(s, round)));
                out.append(metric(s)).append(',').append(host(s)).append(',').append(Long.toString(timeMs(round)));
                out.append(',').append(Double.toString(value(s, round))).append('\n');
            }
            producer.flush();
        }
    }
}
