package dev.tideline.embedded;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends generated records to a topic, idempotently, to the partition and with the timestamp that each asks for. */
public final class ClickSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClickSender.class);
    private static final long REPORT_NANOS = 5_000_000_000L;

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;

    private ClickSender(String topic, KafkaProducer<byte[], byte[]> producer) {
        this.topic = topic;
        this.producer = producer;
    }

    /** A sender to a topic that has as many partitions as the clicks were generated for. */
    public static ClickSender to(String bootstrapServers, String topic) {
        return to(bootstrapServers, topic, Duration.ofMillis(10));
    }

    /** The same, that waits for {@code linger} to send what comes meanwhile in one request. */
    public static ClickSender to(String bootstrapServers, String topic, Duration linger) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrapServers);
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        // One request at a time: EmbeddedKafka.awaitLeaders says what happens to a first batch that the second
        // overtakes.
        settings.put("max.in.flight.requests.per.connection", 1);
        settings.put("linger.ms", (int) linger.toMillis());
        settings.put("batch.size", 256 << 10);
        settings.put("buffer.memory", 64L << 20);
        settings.put("compression.type", "lz4");
        return new ClickSender(
                topic, new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /** What happens with each record once the broker has it; {@link ClickTruth#add} for example. */
    public interface Receipt {
        Receipt NONE = (sent, offset) -> {};

        void acknowledged(Sent sent, long offset);
    }

    /**
     * Sends the next {@code count} records and returns when the broker has them all; when the thread is interrupted, it
     * returns earlier, with those acknowledged that it sent.
     *
     * @return how many it sent
     * @throws IllegalStateException when the broker refuses one
     */
    public long send(Iterator<Sent> records, long count, Pace pace, Receipt receipt) {
        AtomicReference<Exception> failure = new AtomicReference<>();
        long began = System.nanoTime();
        long reported = began;
        long done = 0;
        boolean interrupted = false;
        try {
            while (done < count
                    && records.hasNext()
                    && failure.get() == null
                    && !Thread.currentThread().isInterrupted()) {
                Sent next = records.next();
                pace.await(done, next.kafkaTimestampMs());
                send(next, receipt, failure);
                done++;
                if (done % 1024 == 0 && System.nanoTime() - reported > REPORT_NANOS) {
                    reported = System.nanoTime();
                    LOG.info("{} records sent to {}", done, topic);
                }
            }
        } catch (InterruptedException | InterruptException e) {
            interrupted = true;
        }
        interrupted |= Thread.interrupted(); // or it would cut the flush short
        producer.flush();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw new IllegalStateException(
                    "Cannot send to topic %s: %s".formatted(topic, failure.get().getMessage()), failure.get());
        }
        LOG.info("{} records sent to {} in {} ms", done, topic, (System.nanoTime() - began) / 1_000_000);
        return done;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of every outcome
    private void send(Sent next, Receipt receipt, AtomicReference<Exception> failure) {
        var message =
                new ProducerRecord<>(topic, next.partition(), next.kafkaTimestampMs(), next.key(), next.payload());
        producer.send(message, (metadata, refusal) -> {
            if (refusal == null) {
                receipt.acknowledged(next, metadata.offset());
            } else {
                failure.compareAndSet(null, refusal);
            }
        });
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted(); // or closing would be given up
        producer.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
