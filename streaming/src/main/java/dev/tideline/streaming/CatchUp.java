package dev.tideline.streaming;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Progress;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Brings a speed layer that is far behind up to the archive, by one ordinary micro-batch computed from raw instead of Kafka:
 * from its last cut to the archive's. Nothing is read again that Kafka may no longer have.
 */
public final class CatchUp {
    private CatchUp() {}

    /**
     * Writes and records that micro-batch.
     *
     * @return how many events it read; 0 when the speed layer is not behind
     * @throws CannotException when the archive is behind the speed layer on a partition
     * @throws LostRace when another driver recorded first
     */
    public static long run(Lake lake, Feed feed) {
        FeedTables.create(lake, feed);
        MicroBatch microBatch = MicroBatch.run(lake, feed, Stream.SPEED);
        Progress last = microBatch.last();
        Progress archive = lake.progress(feed, Stream.ARCHIVE).whole();
        if (archive.seq() == 0 || !archive.cut().reaches(last.cut())) {
            throw new CannotException(
                    "Cannot catch up " + feed.name()
                            + ": its archive is not ahead of the speed layer on every partition (let the archive run first; status shows both)");
        }
        if (last.cut().equals(archive.cut())) {
            return 0;
        }
        Dataset<Row> events = lake.raw(feed)
                .read()
                .where(RowFilters.recorded(archive.owners())
                        .and(RowFilters.below(archive.cut()))
                        .and(not(RowFilters.below(last.cut()))))
                .select(Decoding.eventColumns(feed))
                .withColumn("reason", lit(null).cast("string"));
        Map<String, Long> counts = microBatch.writeDecoded(events);
        microBatch.record(last.cut().orElse(archive.origin()), archive.cut(), counts);
        return counts.get("consumed");
    }
}
