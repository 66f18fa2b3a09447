package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.table.LakeTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The newest snapshot of each feed of one lake. Readers see the same until a ledger of the feed has a new record, so that until
 * then one snapshot answers for all of them: asking three ledgers costs three requests, and pinning ten tables costs a listing each.
 */
public final class NewestSnapshots {
    /** Far less than the two days for which a table keeps the files that a rewrite has replaced. */
    private static final Duration MOST = Duration.ofMinutes(1);

    private final Lake lake;
    private final Map<String, Taken> newest = new ConcurrentHashMap<>();

    /** What a snapshot was taken of. */
    private record Read(Feed feed, FeedDays days, Optional<ProgressRecord> speed, Optional<ProgressRecord> archive) {}

    /** Read before the snapshot, so that it is at least as new. */
    private record Taken(Read read, Instant at, FeedSnapshot snapshot) {}

    /** Snapshots of {@code lake}. */
    public NewestSnapshots(Lake lake) {
        this.lake = lake;
    }

    /** The present moment of {@code feed}, as {@link FeedSnapshots#now} would take it. */
    public FeedSnapshot of(Feed feed) {
        Read read = new Read(
                feed,
                lake.days().feed(feed.name()),
                lake.progress(feed, Stream.SPEED).last(),
                lake.progress(feed, Stream.ARCHIVE).last());
        Instant now = Instant.now();
        Taken taken = newest.get(feed.name());
        if (taken == null
                || !taken.read().equals(read)
                || Duration.between(taken.at(), now).abs().compareTo(MOST) > 0
                || !isAtHand(taken.snapshot())) {
            taken = new Taken(read, now, FeedSnapshots.now(lake, feed));
            newest.put(feed.name(), taken);
        }
        return taken.snapshot();
    }

    /** An older version of a large table costs more than a new snapshot. */
    private boolean isAtHand(FeedSnapshot snapshot) {
        return snapshot.versions().entrySet().stream()
                .allMatch(e -> e.getValue() < 0 || new LakeTable(lake.spark(), e.getKey()).isAtHand(e.getValue()));
    }
}
