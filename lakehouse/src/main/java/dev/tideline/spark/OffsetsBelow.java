package dev.tideline.spark;

import dev.tideline.protocol.Cut;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** Whether a record lies below a cut, by its coordinates. */
public final class OffsetsBelow extends Lookup {
    private static final long serialVersionUID = 1L;

    private final ByPartition<Long> ends;

    public OffsetsBelow(Cut cut) {
        super(cut);
        ends = new ByPartition<>(cut.offsets());
    }

    /** Called by Spark for each row. */
    public boolean hold(UTF8String topicId, int partition, long offset) {
        Long end = ends.get(topicId, partition);
        return end != null && offset < end;
    }

    /** Whether the record at the coordinates of a row does. */
    public Column hold() {
        return MethodCall.function(
                this,
                OffsetsBelow.class,
                "hold",
                DataTypes.BooleanType,
                functions.col("kafka_topic_id"),
                functions.col("kafka_partition"),
                functions.col("kafka_offset"));
    }
}
