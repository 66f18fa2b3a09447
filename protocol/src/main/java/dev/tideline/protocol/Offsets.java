package dev.tideline.protocol;

import java.lang.ref.WeakReference;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.function.Predicate;

/**
 * The offsets of a cut over many partitions, sorted. A ledger holds thousands of cuts, of which most say the same of every incarnation of
 * a topic but the last: what is equal is held once, and in arrays.
 */
final class Offsets extends AbstractMap<SourcePartition, Long> {
    /** Fewer are held as any map is. */
    private static final int MANY = 64;
    /** Partitions from this number on, of which Kafka knows no topic, are not held in arrays. */
    private static final int WIDEST = 1 << 20;
    /** Stands in an array where the cut does not know a partition. */
    private static final long UNKNOWN = Long.MIN_VALUE;

    private static final Map<Incarnation, WeakReference<Incarnation>> KNOWN = new WeakHashMap<>();

    private final Incarnation[] incarnations;
    private final int size;

    /** The offsets of one topic id, each at its partition's number. */
    private static final class Incarnation {
        private final String topic;
        private final String topicId;
        private long[] offsets;

        Incarnation(String topic, String topicId, long[] offsets) {
            this.topic = topic;
            this.topicId = topicId;
            this.offsets = offsets;
        }

        boolean isOf(String otherTopic, String otherId) {
            return topicId.equals(otherId) && topic.equals(otherTopic);
        }

        /** Whether the partition was unknown before. */
        boolean put(int partition, long offset) {
            int length = offsets.length;
            if (partition >= length) {
                offsets = Arrays.copyOf(offsets, Math.max(partition + 1, 2 * length));
                Arrays.fill(offsets, length, offsets.length, UNKNOWN);
            }
            boolean isNew = offsets[partition] == UNKNOWN;
            offsets[partition] = offset;
            return isNew;
        }

        /** Whether {@code from} is where {@code before} ended, and this is no earlier, on each partition. */
        boolean continues(Incarnation from, Incarnation before) {
            boolean continues = from.equals(before) && from.offsets.length == offsets.length;
            for (int i = 0; continues && i < offsets.length; i++) {
                continues = offsets[i] >= from.offsets[i] && (from.offsets[i] != UNKNOWN || offsets[i] == UNKNOWN);
            }
            return continues;
        }

        int known() {
            int known = 0;
            for (long offset : offsets) {
                known += offset == UNKNOWN ? 0 : 1;
            }
            return known;
        }

        Incarnation trimmed() {
            int length = offsets.length;
            while (offsets[length - 1] == UNKNOWN) {
                length--;
            }
            return new Incarnation(topic, topicId, Arrays.copyOf(offsets, length));
        }

        @Override
        public boolean equals(Object other) {
            return this == other
                    || (other instanceof Incarnation that
                            && that.isOf(topic, topicId)
                            && Arrays.equals(offsets, that.offsets));
        }

        @Override
        public int hashCode() {
            return 31 * topicId.hashCode() + Arrays.hashCode(offsets);
        }
    }

    private Offsets(List<Incarnation> incarnations, int size) {
        this.incarnations = incarnations.toArray(Incarnation[]::new);
        this.size = size;
    }

    /** The same as an immutable map. */
    static Map<SourcePartition, Long> of(Map<SourcePartition, Long> offsets) {
        if (offsets instanceof Offsets) {
            return offsets;
        }
        if (offsets.size() < MANY) {
            return Collections.unmodifiableMap(new TreeMap<>(offsets));
        }
        Builder builder = new Builder();
        offsets.forEach((of, offset) -> builder.put(of.topic(), of.topicId(), of.partition(), offset));
        return builder.build();
    }

    /** {@code all} without the topic ids of which {@code other} says the same; {@code all} where they are few. */
    static Map<SourcePartition, Long> except(Map<SourcePartition, Long> all, Map<SourcePartition, Long> other) {
        return all instanceof Offsets these && other instanceof Offsets those
                ? these.where(one -> !those.of(one).filter(one::equals).isPresent())
                : all;
    }

    /**
     * The offsets up to which a micro-batch read, without the topic ids of which it went on where {@code before} had ended; all where
     * they are few.
     */
    static Map<SourcePartition, Long> notContinuing(
            Map<SourcePartition, Long> cut, Map<SourcePartition, Long> from, Map<SourcePartition, Long> before) {
        return cut instanceof Offsets to && from instanceof Offsets start && before instanceof Offsets end
                ? to.where(one -> !start.of(one)
                        .flatMap(first -> end.of(one).filter(last -> one.continues(first, last)))
                        .isPresent())
                : cut;
    }

    private Map<SourcePartition, Long> where(Predicate<Incarnation> some) {
        List<Incarnation> kept = Arrays.stream(incarnations).filter(some).toList();
        return new Offsets(kept, kept.stream().mapToInt(Incarnation::known).sum());
    }

    private Optional<Incarnation> of(Incarnation other) {
        return Arrays.stream(incarnations)
                .filter(one -> one.isOf(other.topic, other.topicId))
                .findFirst();
    }

    /** Takes offsets in any order; of one partition the last. */
    static final class Builder {
        private final List<Incarnation> incarnations = new ArrayList<>();
        private final Map<SourcePartition, Long> others = new TreeMap<>();
        private int size;

        void put(String topic, String topicId, int partition, long offset) {
            if (partition < 0 || partition >= WIDEST || offset == UNKNOWN) {
                others.put(new SourcePartition(topic, topicId, partition), offset);
            } else if (of(topic, topicId).put(partition, offset)) {
                size++;
            }
        }

        private Incarnation of(String topic, String topicId) {
            for (int i = incarnations.size() - 1; i >= 0; i--) {
                if (incarnations.get(i).isOf(topic, topicId)) {
                    return incarnations.get(i);
                }
            }
            Incarnation first = new Incarnation(topic, topicId, new long[0]);
            incarnations.add(first);
            return first;
        }

        Map<SourcePartition, Long> build() {
            List<Incarnation> sorted = new ArrayList<>();
            incarnations.forEach(incarnation -> sorted.add(once(incarnation.trimmed())));
            sorted.sort(Comparator.<Incarnation, String>comparing(i -> i.topic).thenComparing(i -> i.topicId));
            Offsets offsets = new Offsets(sorted, size);
            if (size >= MANY && others.isEmpty()) {
                return offsets;
            }
            others.putAll(offsets);
            return Collections.unmodifiableMap(new TreeMap<>(others));
        }
    }

    private static Incarnation once(Incarnation value) {
        synchronized (KNOWN) {
            WeakReference<Incarnation> reference = KNOWN.get(value);
            Incarnation before = reference == null ? null : reference.get();
            if (before != null) {
                return before;
            }
            KNOWN.put(value, new WeakReference<>(value));
            return value;
        }
    }

    @Override
    public Long get(Object key) {
        if (key instanceof SourcePartition partition) {
            int number = partition.partition();
            for (Incarnation incarnation : incarnations) {
                if (incarnation.isOf(partition.topic(), partition.topicId())) {
                    boolean isKnown = number >= 0
                            && number < incarnation.offsets.length
                            && incarnation.offsets[number] != UNKNOWN;
                    return isKnown ? (Long) incarnation.offsets[number] : null;
                }
            }
        }
        return null;
    }

    @Override
    public boolean containsKey(Object key) {
        return get(key) != null;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Set<Map.Entry<SourcePartition, Long>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<SourcePartition, Long>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    private final class Entries implements Iterator<Map.Entry<SourcePartition, Long>> {
        private int incarnation;
        private int next = -1;

        Entries() {
            forward();
        }

        /** To the next partition that is known. */
        private void forward() {
            next++;
            while (hasNext()) {
                long[] offsets = incarnations[incarnation].offsets;
                while (next < offsets.length && offsets[next] == UNKNOWN) {
                    next++;
                }
                if (next < offsets.length) {
                    return;
                }
                incarnation++;
                next = 0;
            }
        }

        @Override
        public boolean hasNext() {
            return incarnation < incarnations.length;
        }

        @Override
        public Map.Entry<SourcePartition, Long> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Incarnation of = incarnations[incarnation];
            Map.Entry<SourcePartition, Long> entry =
                    Map.entry(new SourcePartition(of.topic, of.topicId, next), of.offsets[next]);
            forward();
            return entry;
        }
    }
}
