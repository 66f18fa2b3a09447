package dev.tideline.batch;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.table.LakeTable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a recompute starts from: both progress ledgers as read first, and the raw table as read then.
 *
 * @param archive the archive stream's last record
 * @param horizon the latest recorded speed cut that the archive covers
 * @param rawVersion of the raw table, read after both ledgers
 */
record Settled(Progress archive, Progress horizon, long rawVersion) {

    /**
     * Reads both progress ledgers, then the raw table.
     *
     * @throws NotYetWritten when the archive has recorded nothing
     * @throws CannotException when no recorded speed cut is covered by the archive
     */
    static Settled now(Lake lake, Feed feed) {
        Progress archive = lake.progress(feed, Stream.ARCHIVE).whole();
        Iterable<Progress> speed = lake.progress(feed, Stream.SPEED).newestFirst();
        if (archive.seq() == 0) {
            throw new NotYetWritten("Cannot settle " + feed.name()
                    + ": its archive has recorded nothing yet (run tideline archive --feed " + feed.name() + ")");
        }
        Progress horizon = Progress.latestCovered(speed, archive)
                .orElseThrow(
                        () -> new CannotException(
                                "Cannot settle " + feed.name()
                                        + ": no recorded cut of the speed layer is covered by the archive (let both streams run until status shows coverage, or speed --catch-up)"));
        return new Settled(archive, horizon, lake.raw(feed).version());
    }

    /** The recorded raw rows, whatever their day; runs that have no rows in the table any more are not asked for. */
    Dataset<Row> recorded(LakeTable raw) {
        Owners owners = archive.owners().after(raw.leastSeq(rawVersion) - 1);
        return raw.at(rawVersion).where(RowFilters.recorded(owners));
    }
}
