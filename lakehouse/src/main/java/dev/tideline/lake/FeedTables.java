package dev.tideline.lake;

import dev.tideline.decode.ArchiveRows;
import dev.tideline.decode.Decoding;
import dev.tideline.decode.format.HashKey;
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

    /**
     * Declares the feed to readers and creates what is missing.
     *
     * @throws dev.tideline.protocol.CannotException when the environment lacks the key of its hashed fields
     */
    public static void create(Lake lake, Feed feed) {
        String hashKey = HashKey.of(feed).map(HashKey::fingerprint).orElse("");
        lake.feeds().declare(feed, hashKey, Instant.now());
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
