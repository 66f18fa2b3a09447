package dev.tideline.lake;

import dev.tideline.decode.ArchiveRows;
import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** The tables of a feed, with the columns that its own transforms give. */
public final class FeedTables {
    private FeedTables() {}

    /** Declares the feed to readers and creates what is missing. */
    public static void create(Lake lake, Feed feed) {
        lake.feeds().declare(feed, Instant.now());
        Dataset<Row> nothing = Decoding.decode(lake.spark().createDataFrame(List.of(), Decoding.RECORD), feed);
        Map<Rollup, StructType> partials = new LinkedHashMap<>();
        feed.rollups()
                .forEach(r -> partials.put(
                        r, Rollups.partial(Decoding.accepted(nothing, feed), r).schema()));
        lake.create(
                feed,
                ArchiveRows.accepted(nothing, feed).schema(),
                ArchiveRows.rejected(nothing, feed).schema(),
                partials);
    }
}
