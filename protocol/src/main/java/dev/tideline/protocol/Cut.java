package dev.tideline.protocol;

import java.util.Map;
import java.util.TreeMap;

/**
 * For each Kafka partition the offset up to which a stream has read (exclusive). A partition that a cut does not know
 * has not been read at all.
 */
public record Cut(Map<SourcePartition, Long> offsets) {
    public static final Cut NOTHING = new Cut(Map.of());

    public Cut {
        offsets = Offsets.of(offsets);
    }

    /** Makes a cut of offsets one by one, without an object for each of thousands of partitions. */
    public static final class Builder {
        private final Offsets.Builder offsets = new Offsets.Builder();

        /** Of a partition that comes twice the last offset counts. */
        public Builder put(String topic, String topicId, int partition, long offset) {
            offsets.put(topic, topicId, partition, offset);
            return this;
        }

        /** The cut of all that was put. */
        public Cut build() {
            return new Cut(offsets.build());
        }
    }

    /** Whether the record at {@code offset} lies below this cut. */
    public boolean covers(SourcePartition partition, long offset) {
        return offset < offsets.getOrDefault(partition, 0L);
    }

    /** Whether this cut is as far as {@code other} on every partition of which the other covers anything. */
    public boolean reaches(Cut other) {
        return Offsets.except(other.offsets, offsets).entrySet().stream()
                .allMatch(e -> offsets.getOrDefault(e.getKey(), 0L) >= e.getValue());
    }

    /** This cut, and {@code other} for the partitions that this one does not know. */
    public Cut orElse(Cut other) {
        Map<SourcePartition, Long> merged = new TreeMap<>(other.offsets);
        merged.putAll(offsets);
        return new Cut(merged);
    }

    /** This cut without the partitions that {@code other} does not know. */
    public Cut only(Cut other) {
        Map<SourcePartition, Long> some = new TreeMap<>(offsets);
        some.keySet().retainAll(other.offsets.keySet());
        return new Cut(some);
    }

    /** The first offset of each partition that this cut knows. */
    public Cut beginnings() {
        Map<SourcePartition, Long> first = new TreeMap<>(offsets);
        first.replaceAll((partition, offset) -> 0L);
        return new Cut(first);
    }

    /** Offsets between {@code from} and this cut, summed over this cut's partitions. */
    public long since(Cut from) {
        return offsets.entrySet().stream()
                .mapToLong(e -> e.getValue() - from.offsets.getOrDefault(e.getKey(), 0L))
                .sum();
    }
}
