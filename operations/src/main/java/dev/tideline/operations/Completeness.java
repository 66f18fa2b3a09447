package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import java.time.Instant;
import java.util.Map;
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

    private final TopicTimes topic;
    private final TreeMap<Instant, Cut> ends = new TreeMap<>();
    private Instant wholeUntil = Instant.MIN;
    private Instant silentAt = Instant.MIN;
    private boolean silent;

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
    public synchronized double at(Instant time, Cut cut, Instant now) {
        if (!time.isAfter(wholeUntil)) {
            return 1;
        }
        if (time.isAfter(now)) {
            return 0;
        }
        double share = share(cut, topicAt(time, now));
        if (share == 1) {
            wholeUntil = time;
            ends.headMap(time, true).clear();
        }
        return share;
    }

    /** Where {@code time} is. Records may still come that are before it by their Kafka timestamps, but none by the broker's clock. */
    private Cut topicAt(Instant time, Instant now) {
        if (silentAt.equals(now)) {
            return Cut.NOTHING; // one evaluation waits for Kafka once, not for each of its windows
        }
        try {
            Cut at = ends.containsKey(time) ? ends.get(time) : topic.at(time);
            if (ends.size() < REMEMBERED) {
                ends.put(time, at);
            }
            silent = false;
            return at;
        } catch (CannotException e) {
            if (!silent) {
                LOG.warn("Windows count as incomplete until Kafka answers: {}", e.getMessage());
            }
            silent = true;
            silentAt = now;
            return Cut.NOTHING;
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
