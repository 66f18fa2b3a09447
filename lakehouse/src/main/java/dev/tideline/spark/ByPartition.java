package dev.tideline.spark;

import dev.tideline.protocol.SourcePartition;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Some records of Kafka's partitions: whether a row's is one of them is found by a search among the topic ids. Public, as is what
 * it declares: the generated code that calls it is compiled by rules of its own.
 */
public abstract class ByPartition<T extends Serializable> extends Lookup {
    private static final long serialVersionUID = 1L;

    /** Of incarnations of topics, sorted; an id stands for one incarnation of one topic. */
    private final UTF8String[] topicIds;
    /** By topic id and partition; null where none of the partition's are. */
    private final Serializable[][] values;

    ByPartition(Object data, Map<SourcePartition, T> known) {
        super(data);
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

    /** Which of a partition's records {@code value} says. */
    abstract boolean holds(T value, long offset);

    /** Called by Spark for each row. */
    @SuppressWarnings("unchecked") // only what the constructor took
    public final boolean hold(UTF8String topicId, int partition, long offset) {
        int id = Arrays.binarySearch(topicIds, topicId);
        Serializable value = id >= 0 && partition < values[id].length ? values[id][partition] : null;
        return value != null && holds((T) value, offset);
    }

    /** Whether the record at the coordinates of a row is one of them. */
    public final Column hold() {
        return MethodCall.function(
                this,
                getClass(),
                "hold",
                DataTypes.BooleanType,
                functions.col("kafka_topic_id"),
                functions.col("kafka_partition"),
                functions.col("kafka_offset"));
    }
}
