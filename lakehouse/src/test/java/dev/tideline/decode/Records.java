package dev.tideline.decode;

import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** Records as Spark's Kafka source gives them, with the topic's id beside. */
public final class Records {
    private Records() {}

    public static Row record(String value, int partition, long offset, Instant timestamp) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return RowFactory.create(null, bytes, "topic", "id-1", partition, offset, Timestamp.from(timestamp), null);
    }

    public static Dataset<Row> frame(SparkSession spark, List<Row> records) {
        return spark.createDataFrame(records, Decoding.RECORD);
    }
}
