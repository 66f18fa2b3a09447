package dev.tideline.streaming;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * How one stream is driven.
 *
 * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
 * @param trigger time between the starts of two micro-batches
 * @param maxOffsets most records of one micro-batch
 * @param maxBytes most bytes that are kept of one micro-batch while it is written
 * @param acceptLoss go on where Kafka no longer has what comes next
 * @param acceptNewTopic go on with another incarnation of the topic
 * @param turns each micro-batch takes one and gives it back, so that several streams need not all work at once
 */
public record StreamOptions(
        Map<String, String> kafka,
        Duration trigger,
        long maxOffsets,
        long maxBytes,
        boolean acceptLoss,
        boolean acceptNewTopic,
        Semaphore turns) {
    /** Two million clicks take about half of it. */
    private static final long MAX_BYTES = 1L << 30;

    public StreamOptions {
        kafka = Map.copyOf(kafka);
    }

    /** A stream that waits for no other. */
    public StreamOptions(
            Map<String, String> kafka, Duration trigger, long maxOffsets, boolean acceptLoss, boolean acceptNewTopic) {
        this(kafka, trigger, maxOffsets, MAX_BYTES, acceptLoss, acceptNewTopic, new Semaphore(1));
    }

    public static StreamOptions of(Map<String, String> kafka, Duration trigger) {
        return new StreamOptions(kafka, trigger, 2_000_000, false, false);
    }

    public StreamOptions withMaxOffsets(long max) {
        return new StreamOptions(kafka, trigger, max, maxBytes, acceptLoss, acceptNewTopic, turns);
    }

    public StreamOptions withMaxBytes(long max) {
        return new StreamOptions(kafka, trigger, maxOffsets, max, acceptLoss, acceptNewTopic, turns);
    }

    /** The same for a run that is to stop where offsets are lost or the topic was made again. */
    StreamOptions withoutConsent() {
        return new StreamOptions(kafka, trigger, maxOffsets, maxBytes, false, false, turns);
    }

    /** The same for a stream that reads Kafka by this {@code isolation.level}. */
    StreamOptions withIsolation(String level) {
        Map<String, String> settings = new HashMap<>(kafka);
        settings.put(KafkaSource.ISOLATION, level);
        return new StreamOptions(settings, trigger, maxOffsets, maxBytes, acceptLoss, acceptNewTopic, turns);
    }

    public StreamOptions withTurns(Semaphore ofStreams) {
        return new StreamOptions(kafka, trigger, maxOffsets, maxBytes, acceptLoss, acceptNewTopic, ofStreams);
    }
}
