package dev.tideline.protocol;

import java.lang.ref.WeakReference;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;

/**
 * The offsets of a cut over many partitions, sorted. A ledger holds thousands of cuts, of which most say the same of every incarnation of
 * a topic but the last: what is equal is held once, and in arrays.
 */
final class Offsets extends AbstractMap<SourcePartition, Long> {
    /** Fewer are held as any map is. */
    private static final int MANY = 64;

    private static final Map<Incarnation, WeakReference<Incarnation>> KNOWN = new WeakHashMap<>();
    private static final Map<List<SourcePartition>, WeakReference<List<SourcePartition>>> PARTITIONS =
            new WeakHashMap<>();

    private final Incarnation[] incarnations;
    private final int size;

    /** The partitions of one topic id, sorted, and an offset for each. */
    private static final class Incarnation {
        private final List<SourcePartition> partitions;
        private final long[] offsets;

        Incarnation(List<SourcePartition> partitions, long[] offsets) {
            this.partitions = partitions;
            this.offsets = offsets;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Incarnation that
                    && Arrays.equals(offsets, that.offsets)
                    && partitions.equals(that.partitions);
        }

        @Override
        public int hashCode() {
            return 31 * partitions.get(0).hashCode() + Arrays.hashCode(offsets);
        }

        /** Of a partition of this topic id; most have all their partitions, each at its own number. */
        Long offset(SourcePartition partition) {
            int number = partition.partition();
            boolean isThere = number >= 0
                    && number < offsets.length
                    && partitions.get(number).partition() == number;
            int at = isThere ? number : Collections.binarySearch(partitions, partition);
            return at < 0 ? null : (Long) offsets[at];
        }

        boolean isOf(SourcePartition partition) {
            return partitions.get(0).topicId().equals(partition.topicId())
                    && partitions.get(0).topic().equals(partition.topic());
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
        TreeMap<SourcePartition, Long> sorted = new TreeMap<>(offsets);
        if (sorted.size() < MANY) {
            return Collections.unmodifiableMap(sorted);
        }
        List<Incarnation> incarnations = new ArrayList<>();
        List<SourcePartition> partitions = new ArrayList<>();
        for (SourcePartition partition : sorted.keySet()) {
            if (!partitions.isEmpty() && !isSameTopic(partitions.get(0), partition)) {
                incarnations.add(incarnation(partitions, sorted));
                partitions = new ArrayList<>();
            }
            partitions.add(partition);
        }
        incarnations.add(incarnation(partitions, sorted));
        return new Offsets(incarnations, sorted.size());
    }

    private static boolean isSameTopic(SourcePartition one, SourcePartition other) {
        return one.topicId().equals(other.topicId()) && one.topic().equals(other.topic());
    }

    private static Incarnation incarnation(List<SourcePartition> partitions, Map<SourcePartition, Long> offsets) {
        long[] values = partitions.stream().mapToLong(offsets::get).toArray();
        return once(KNOWN, new Incarnation(once(PARTITIONS, List.copyOf(partitions)), values));
    }

    private static <T> T once(Map<T, WeakReference<T>> known, T value) {
        synchronized (known) {
            WeakReference<T> reference = known.get(value);
            T before = reference == null ? null : reference.get();
            if (before != null) {
                return before;
            }
            known.put(value, new WeakReference<>(value));
            return value;
        }
    }

    @Override
    public Long get(Object key) {
        if (key instanceof SourcePartition partition) {
            for (Incarnation incarnation : incarnations) {
                if (incarnation.isOf(partition)) {
                    return incarnation.offset(partition);
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
        private int next;

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
            Map.Entry<SourcePartition, Long> entry = Map.entry(of.partitions.get(next), of.offsets[next]);
            next++;
            if (next == of.offsets.length) {
                incarnation++;
                next = 0;
            }
            return entry;
        }
    }
}
