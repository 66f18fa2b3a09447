package dev.tideline.collect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures this machine, this process and the broker in it, and sends each value to the metrics topic as an event of the
 * metrics feed: {@code {"metric": …, "labels": {"host": …, "service": "host|jvm|kafka", …}, "value": …, "time": …}},
 * time in UTC. The key is metric and host, so that a series stays on one partition.
 */
public final class HostCollector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostCollector.class);

    private final String topic;
    private final String host = hostName();
    private final List<GaugeSource> sources = List.of(new HostGauges(), new JvmGauges(), new KafkaGauges());
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final KafkaProducer<String, String> producer;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "host-collector");
        thread.setDaemon(true);
        return thread;
    });

    private HostCollector(String bootstrapServers, String topic) {
        this.topic = topic;
        // Numbers of the moment are worth little later: they wait for a broker for seconds, not minutes.
        this.producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrapServers,
                        "linger.ms", 50,
                        "max.in.flight.requests.per.connection", 1,
                        "max.block.ms", 2_000,
                        "request.timeout.ms", 5_000,
                        "delivery.timeout.ms", 10_000),
                new StringSerializer(),
                new StringSerializer());
    }

    /** Starts to measure each {@code interval}, on a daemon thread; one second is a good one. */
    @SuppressWarnings("FutureReturnValueIgnored") // a sample reports its own failure
    public static HostCollector start(String bootstrapServers, String topic, Duration interval) {
        HostCollector collector = new HostCollector(bootstrapServers, topic);
        collector.timer.scheduleAtFixedRate(collector::collect, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
        LOG.info("Host metrics of {} go to {} each {} ms", collector.host, topic, interval.toMillis());
        return collector;
    }

    /** How many values the broker has. */
    public long sent() {
        return sent.get();
    }

    /** How many values could not be sent, and samples that could not be taken. */
    public long failed() {
        return failed.get();
    }

    /** Stops measuring and waits until what was measured is sent, or has failed. */
    @Override
    public void close() {
        if (timer.isShutdown()) {
            return;
        }
        timer.shutdown();
        try {
            timer.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(Duration.ofSeconds(5));
        LOG.info("Host metrics: {} values sent, {} failed", sent, failed);
    }

    private void collect() {
        for (GaugeSource source : sources) {
            try {
                Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
                for (Gauge gauge : source.sample(System.nanoTime())) {
                    if (gauge.isFinite() && !timer.isShutdown()) {
                        send(gauge.from(host, source.service()), now);
                    }
                }
            } catch (RuntimeException e) {
                // A timer ends at its first exception, but the next sample may well succeed.
                failed(source.service(), e);
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of every outcome
    private void send(Gauge gauge, Instant time) {
        String key = gauge.metric() + "@" + host;
        producer.send(
                new ProducerRecord<>(topic, null, time.toEpochMilli(), key, gauge.json(time)), (metadata, refusal) -> {
                    if (refusal == null) {
                        sent.incrementAndGet();
                    } else {
                        failed(gauge.metric(), refusal);
                    }
                });
    }

    private void failed(String what, Exception e) {
        if (failed.getAndIncrement() == 0) {
            LOG.warn("Cannot collect {}: {} (further failures are only counted)", what, e.toString());
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
