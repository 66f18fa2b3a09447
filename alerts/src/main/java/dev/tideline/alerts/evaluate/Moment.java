package dev.tideline.alerts.evaluate;

import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import dev.tideline.serving.Pinned;
import java.util.Map;
import java.util.TreeMap;

/** One moment of the lake, for all rules of a group: each feed is pinned when first asked for. */
final class Moment {
    private final Lake lake;
    private final Map<String, Pinned> pinned = new TreeMap<>();

    Moment(Lake lake) {
        this.lake = lake;
    }

    synchronized Pinned of(Feed feed) {
        return pinned.computeIfAbsent(feed.name(), name -> Pinned.now(lake, feed));
    }

    /** How far the rows of {@code view} go. */
    Cut cut(Feed feed, ViewName view) {
        Pinned now = of(feed);
        Progress progress = view.isEvents() ? now.archive() : now.resolution().speed();
        return progress.cut();
    }

    /** Whether readers of {@code feed} see the same as at {@code other}. */
    boolean isSame(Moment other, Feed feed) {
        Pinned now = of(feed);
        Pinned then = other.pinned.get(feed.name());
        return then != null
                && now.archive().equals(then.archive())
                && now.versions().equals(then.versions())
                && now.resolution().equals(then.resolution());
    }
}
