package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Progress;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Brings a speed layer that is far behind up to the archive, by ordinary micro-batches computed from raw instead of Kafka:
 * from its last cut to the archive's, each over as many of the archive's own as one may read. Nothing is read again that Kafka may
 * no longer have.
 */
public final class CatchUp {
    /** Records of the archive that are read at a time. */
    private static final long CHUNK = 1000;

    private final Lake lake;
    private final Feed feed;
    private MicroBatch speed;
    private String policy;
    private final Progress archive;
    private final BatchSize size;

    private CatchUp(Lake lake, Feed feed, StreamOptions options) {
        this.lake = lake;
        this.feed = feed;
        this.archive = lake.progress(feed, Stream.ARCHIVE).whole();
        this.policy = feed.policy();
        this.speed = MicroBatch.run(lake, feed, Stream.SPEED, policy);
        this.size = BatchSize.growing(options);
    }

    /**
     * Writes and records those micro-batches.
     *
     * @param options how much one may read
     * @return how many events were read; 0 when the speed layer is not behind
     * @throws CannotException when the archive is behind the speed layer on a partition
     * @throws LostRace when another driver recorded first
     */
    public static long run(Lake lake, Feed feed, StreamOptions options) {
        FeedTables.create(lake, feed);
        return new CatchUp(lake, feed, options).run();
    }

    private long run() {
        Cut begun = speed.last().cut();
        if (archive.seq() == 0 || !archive.cut().reaches(begun)) {
            throw new CannotException(
                    "Cannot catch up " + feed.name()
                            + ": its archive is not ahead of the speed layer on every partition (let the archive run first; status shows both)");
        }
        if (begun.equals(archive.cut())) {
            return 0;
        }
        long events = 0;
        long after = alreadyRead(begun);
        do {
            ProgressRecord to = step(after);
            events += microBatch(after, to);
            after = to.progress().seq();
        } while (after < archive.seq());
        return events;
    }

    /** The last of the archive's micro-batches, the newest first, of which the speed layer has read everything. */
    private long alreadyRead(Cut begun) {
        for (Progress record : lake.progress(feed, Stream.ARCHIVE).newestFirst()) {
            if (begun.reaches(record.cut())) {
                return record.seq();
            }
        }
        return 0;
    }

    /** The last of the archive's micro-batches behind {@code after} that one of ours reads, all decoded by one policy; one at least. */
    private ProgressRecord step(long after) {
        Cut from = speed.last().cut().orElse(archive.origin());
        Optional<ProgressRecord> to = Optional.empty();
        Set<LocalDate> dates = new HashSet<>();
        for (long first = after + 1; first <= archive.seq(); first += CHUNK) {
            for (ProgressRecord record : lake.progress(feed, Stream.ARCHIVE)
                    .recordsBetween(first, Math.min(archive.seq(), first + CHUNK - 1))) {
                Cut cut = record.progress().cut();
                record.touched().entrySet().stream()
                        .filter(touched ->
                                touched.getValue() == record.progress().seq())
                        .forEach(touched -> dates.add(touched.getKey()));
                if (to.isPresent()
                        && (cut.since(from.only(cut)) > size.offsets()
                                || dates.size() > BatchSize.MOST_DATES
                                || !record.policy().equals(to.get().policy()))) {
                    return to.get();
                }
                to = Optional.of(record);
            }
        }
        return to.orElseThrow();
    }

    private long microBatch(long after, ProgressRecord last) {
        Progress to = last.progress();
        if (!last.policy().equals(policy)) {
            policy = last.policy();
            speed = MicroBatch.run(lake, feed, Stream.SPEED, policy);
        }
        Cut from = speed.last().cut().orElse(archive.origin());
        Dataset<Row> events = lake.raw(feed)
                .read()
                .where(col("seq")
                        .gt(after)
                        .and(col("seq").leq(to.seq()))
                        .and(RowFilters.recorded(archive.owners()))
                        .and(not(RowFilters.below(speed.last().cut()))))
                .select(Decoding.eventColumns(feed))
                .withColumn("reason", lit(null).cast("string"));
        Map<String, Long> counts = speed.writeDecoded(events, Optional.empty());
        speed.record(from, to.cut(), counts);
        size.recorded(counts.get("consumed"), speed.bytes());
        return counts.get("consumed");
    }
}
