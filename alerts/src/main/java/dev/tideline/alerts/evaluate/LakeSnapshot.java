package dev.tideline.alerts.evaluate;

import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.FeedSnapshots;
import java.util.Map;
import java.util.TreeMap;

/** One moment of the lake, for all rules of a group: each feed is pinned when first asked for. */
final class LakeSnapshot {
    private final Lake lake;
    private final Map<String, FeedSnapshot> pinned = new TreeMap<>();

    LakeSnapshot(Lake lake) {
        this.lake = lake;
    }

    synchronized FeedSnapshot of(Feed feed) {
        return pinned.computeIfAbsent(feed.name(), name -> FeedSnapshots.now(lake, feed));
    }

    /** How far the rows of {@code view} go. */
    Cut cut(Feed feed, ViewName view) {
        FeedSnapshot now = of(feed);
        Progress progress = view.isEvents() ? now.archive() : now.resolution().speed();
        return progress.cut();
    }

    /** Whether readers of {@code feed} see the same as at {@code other}. */
    boolean isSame(LakeSnapshot other, Feed feed) {
        FeedSnapshot now = of(feed);
        FeedSnapshot then = other.pinned.get(feed.name());
        return then != null
                && now.archive().equals(then.archive())
                && now.versions().equals(then.versions())
                && now.resolution().equals(then.resolution());
    }
}
