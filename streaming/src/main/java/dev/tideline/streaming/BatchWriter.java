package dev.tideline.streaming;

import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What one stream does with one micro-batch: writes its rows, which do not exist for readers until they are recorded. */
interface BatchWriter {
    /**
     * Writes one micro-batch.
     *
     * @param decoded one row a record, as {@link dev.tideline.decode.Decoding#decode} gives
     * @return rows by name: consumed, accepted, rejected, and what else this stream counts
     */
    Map<String, Long> write(Dataset<Row> decoded, long seq, String run);
}
