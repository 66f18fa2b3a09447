package dev.tideline.streaming;

import dev.tideline.spark.ByteBudget;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What one stream does with one micro-batch: writes its rows, which do not exist for readers until they are recorded. */
interface BatchWriter {
    /**
     * What was written.
     *
     * @param counts rows by name: consumed, accepted, rejected, and what else this stream counts
     * @param dates of the accepted events (UTC), where this stream knows them
     * @param bytes about how many were kept of it while it was written
     */
    record Written(Map<String, Long> counts, Set<LocalDate> dates, long bytes) {}

    /**
     * Writes one micro-batch.
     *
     * @param decoded one row a record, as {@link dev.tideline.decode.Decoding#decode} gives
     * @param budget for what is kept of it, and its dates; where that is exceeded, it fails before anything is written
     * @return what it wrote
     */
    Written write(Dataset<Row> decoded, long seq, String run, Optional<ByteBudget> budget);
}
