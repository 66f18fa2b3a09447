package dev.tideline.spark;

import dev.tideline.protocol.SourcePartition;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** Whether a record is one of many, by its coordinates. */
public final class OffsetSets extends Lookup {
    private static final long serialVersionUID = 1L;

    private final ByPartition<LongSet> sets;

    /** @param offsets of the records, by partition */
    public OffsetSets(Map<SourcePartition, LongSet> offsets) {
        super(offsets);
        sets = new ByPartition<>(offsets);
    }

    /** Called by Spark for each row. */
    public boolean hold(UTF8String topicId, int partition, long offset) {
        LongSet set = sets.get(topicId, partition);
        return set != null && set.contains(offset);
    }

    /** Whether the record at the coordinates of a row is. */
    public Column hold() {
        return MethodCall.function(
                this,
                OffsetSets.class,
                "hold",
                DataTypes.BooleanType,
                functions.col("kafka_topic_id"),
                functions.col("kafka_partition"),
                functions.col("kafka_offset"));
    }
}
