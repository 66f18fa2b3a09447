package dev.tideline;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.protocol.SourcePartition;
import java.time.Instant;
import java.time.LocalDate;

/** A feed of one rollup, for tests of what stands around its rows. */
public final class Sales {
    public static final SourcePartition PARTITION = new SourcePartition("sales", "t1", 0);
    public static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    public static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    public static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { sales: { measures: { n: count() } } }
            """);

    private Sales() {}
}
