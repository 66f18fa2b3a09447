package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far one stream has read past a time: the share of the topic's partitions of which it has read every record before the first
 * one of that time or later, by the records' Kafka timestamps, or all that there is. Producers set those: what stood in the log when
 * a clock here was before that time is to be read in any case, and a record of a time to come is not believed.
 */
public final class Completeness implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Completeness.class);
    private static final int REMEMBERED = 1000;
    private static final Duration SILENT = Duration.ofSeconds(5);

    /** Kafka timestamps so far ahead of our clock are believed. */
    private static final Duration AHEAD = Duration.ofSeconds(5);
    /** So often the end of the log is looked at. */
    private static final Duration LOOK = Duration.ofSeconds(10);
    /** An end may be as much younger than we say. */
    private static final Duration LOOKED = Duration.ofSeconds(2);

    private final Log topic;
    /** Ends of the log, by when they were that. */
    private final TreeMap<Instant, Cut> stood = new TreeMap<>();

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
        this(new TopicTimes(kafka, topic));
    }

    Completeness(Log topic) {
        this.topic = topic;
    }

    /** What a broker says of a topic now. */
    interface Log extends AutoCloseable {
        /**
         * For each partition the offset after its last record.
         *
         * @throws CannotException when there is no broker or no such topic
         */
        Cut end();

        /**
         * For each partition the offset of its first record of {@code time} or later, by its Kafka timestamp; the end of the log
         * where there is none, or where that record's is later than {@code latest}.
         *
         * @throws CannotException when there is no broker or no such topic
         */
        Cut at(Instant time, Instant latest);

        @Override
        void close();
    }

    /**
     * The share for {@code time} of a stream that has read up to {@code cut}, 0 to 1; 0 while {@code time} lies ahead of
     * {@code now}, and while Kafka does not answer. Once 1 for a time, it is 1 for all times before.
     */
    public double at(Instant time, Cut cut, Instant now) {
        look(now);
        return known(time, cut, now).orElse(0);
    }

    /** The same; empty while Kafka does not answer. */
    public OptionalDouble known(Instant time, Cut cut, Instant now) {
        return time.isAfter(wholeUntil) ? asked(time, cut, now) : OptionalDouble.of(1);
    }

    /** Remembers where the log ends, so that nobody's timestamps say that less of it came before a later time. */
    private synchronized void look(Instant now) {
        if (!stood.isEmpty() && now.isBefore(stood.lastKey().plus(LOOK))) {
            return;
        }
        answered(topic::end).ifPresent(end -> {
            stood.tailMap(now, true).clear(); // of a clock that was ahead
            stood.put(now, end);
            if (stood.size() > REMEMBERED) {
                stood.pollFirstEntry();
            }
        });
    }

    private synchronized OptionalDouble asked(Instant time, Cut cut, Instant now) {
        if (time.isAfter(now)) {
            return OptionalDouble.of(0);
        }
        Optional<Cut> at = topicAt(time, now);
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
    private Optional<Cut> topicAt(Instant time, Instant now) {
        if (ends.containsKey(time)) {
            return Optional.of(ends.get(time));
        }
        Optional<Cut> at = answered(() -> topic.at(time, now.plus(AHEAD))).map(first -> latest(first, before(time)));
        if (ends.size() < REMEMBERED) {
            at.ifPresent(cut -> ends.put(time, cut));
        }
        return at;
    }

    private Cut before(Instant time) {
        Map.Entry<Instant, Cut> last = stood.floorEntry(time.minus(LOOKED));
        return last == null ? Cut.NOTHING : last.getValue();
    }

    private static Cut latest(Cut some, Cut others) {
        Map<SourcePartition, Long> latest = new TreeMap<>(some.offsets());
        latest.replaceAll(
                (partition, offset) -> Math.max(offset, others.offsets().getOrDefault(partition, 0L)));
        return new Cut(latest);
    }

    private Optional<Cut> answered(Supplier<Cut> question) {
        if (silent && System.nanoTime() - silentSince < SILENT.toNanos()) {
            return Optional.empty(); // a caller that asks again and again waits for Kafka once in a while
        }
        try {
            Cut answer = question.get();
            silent = false;
            return Optional.of(answer);
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
