package dev.tideline.spark;

import dev.tideline.protocol.SourcePartition;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.unsafe.types.UTF8String;

/** What is known of Kafka's partitions, found for each row by a search among the topic ids. */
final class ByPartition<T extends Serializable> implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Of incarnations of topics, sorted; an id stands for one incarnation of one topic. */
    private final UTF8String[] topicIds;
    /** By topic id and partition; null where nothing is known. */
    private final Serializable[][] values;

    ByPartition(Map<SourcePartition, T> known) {
        Map<UTF8String, Serializable[]> byId = new TreeMap<>();
        known.forEach((partition, value) -> {
            UTF8String id = UTF8String.fromString(partition.topicId());
            Serializable[] before = byId.getOrDefault(id, new Serializable[0]);
            Serializable[] after = Arrays.copyOf(before, Math.max(before.length, partition.partition() + 1));
            after[partition.partition()] = value;
            byId.put(id, after);
        });
        topicIds = byId.keySet().toArray(UTF8String[]::new);
        values = byId.values().toArray(Serializable[][]::new);
    }

    /** What is known of the partition, or null. */
    @SuppressWarnings("unchecked") // only what the constructor took
    T get(UTF8String topicId, int partition) {
        int id = Arrays.binarySearch(topicIds, topicId);
        return id >= 0 && partition < values[id].length ? (T) values[id][partition] : null;
    }
}
