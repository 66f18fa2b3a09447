package dev.tideline.streaming;

import java.time.Duration;
import java.util.Map;

/**
 * How one stream is driven.
 *
 * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
 * @param trigger time between the starts of two micro-batches
 * @param maxOffsets most records of one micro-batch
 * @param acceptLoss go on where Kafka no longer has what comes next
 * @param acceptNewTopic go on with another incarnation of the topic
 */
public record StreamOptions(
        Map<String, String> kafka, Duration trigger, long maxOffsets, boolean acceptLoss, boolean acceptNewTopic) {
    public StreamOptions {
        kafka = Map.copyOf(kafka);
    }

    public static StreamOptions of(Map<String, String> kafka, Duration trigger) {
        return new StreamOptions(kafka, trigger, 2_000_000, false, false);
    }

    public StreamOptions withMaxOffsets(long max) {
        return new StreamOptions(kafka, trigger, max, acceptLoss, acceptNewTopic);
    }
}
