package dev.tideline.protocol;

import java.util.Comparator;

/**
 * One partition of one incarnation of a Kafka topic. A topic that was deleted and made again has another id, and so is
 * another source whose offsets start again.
 */
public record SourcePartition(String topic, String topicId, int partition) implements Comparable<SourcePartition> {
    private static final Comparator<SourcePartition> ORDER = Comparator.comparing(SourcePartition::topic)
            .thenComparing(SourcePartition::topicId)
            .thenComparing(SourcePartition::partition);

    @Override
    public int compareTo(SourcePartition other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
