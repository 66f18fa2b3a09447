package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far one stream has read past a time: the share of the topic's partitions of which it has read every record before the first
 * one of that time or later, by the records' Kafka timestamps, or all that there is.
 */
public final class Completeness implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Completeness.class);
    private static final int REMEMBERED = 1000;
    private static final Duration SILENT = Duration.ofSeconds(5);

    private final TopicTimes topic;
    private final TreeMap<Instant, Cut> ends = new TreeMap<>();
    private volatile Instant wholeUntil = Instant.MIN;
    private boolean silent;
    private long silentSince;

    /**
     * Connects when first asked.
     *
     * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
     * @throws CannotException when they are none
     */
    public Completeness(Map<String, String> kafka, String topic) {
        this.topic = new TopicTimes(kafka, topic);
    }

    /**
     * The share for {@code time} of a stream that has read up to {@code cut}, 0 to 1; 0 while {@code time} lies ahead of
     * {@code now}, and while Kafka does not answer. Once 1 for a time, it is 1 for all times before.
     */
    public double at(Instant time, Cut cut, Instant now) {
        return known(time, cut, now).orElse(0);
    }

    /** The same; empty while Kafka does not answer. */
    public OptionalDouble known(Instant time, Cut cut, Instant now) {
        return time.isAfter(wholeUntil) ? asked(time, cut, now) : OptionalDouble.of(1);
    }

    private synchronized OptionalDouble asked(Instant time, Cut cut, Instant now) {
        if (time.isAfter(now)) {
            return OptionalDouble.of(0);
        }
        Optional<Cut> at = topicAt(time);
        if (at.isEmpty()) {
            return OptionalDouble.empty();
        }
        double share = share(cut, at.get());
        if (share == 1) {
            wholeUntil = time;
            ends.headMap(time, true).clear();
        }
        return OptionalDouble.of(share);
    }

    /** Where {@code time} is. Records may still come that are before it by their Kafka timestamps, but none by the broker's clock. */
    private Optional<Cut> topicAt(Instant time) {
        if (silent && System.nanoTime() - silentSince < SILENT.toNanos()) {
            return Optional.empty(); // a caller that asks again and again waits for Kafka once in a while
        }
        try {
            Cut at = ends.containsKey(time) ? ends.get(time) : topic.at(time);
            if (ends.size() < REMEMBERED) {
                ends.put(time, at);
            }
            silent = false;
            return Optional.of(at);
        } catch (CannotException e) {
            if (!silent) {
                LOG.warn("Windows count as incomplete until Kafka answers: {}", e.getMessage());
            }
            silent = true;
            silentSince = System.nanoTime();
            return Optional.empty();
        }
    }

    private static double share(Cut cut, Cut at) {
        if (at.offsets().isEmpty()) {
            return 0;
        }
        long read = at.offsets().entrySet().stream()
                .filter(e -> e.getValue() == 0 || cut.covers(e.getKey(), e.getValue() - 1))
                .count();
        return (double) read / at.offsets().size();
    }

    @Override
    public void close() {
        topic.close();
    }
}
