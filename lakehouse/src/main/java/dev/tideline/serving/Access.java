package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import java.util.Optional;
import java.util.Set;

/**
 * What a reader may see of a lake. What it may not see is not there for it: neither in answers nor in lists of names.
 *
 * @param feeds by name; empty for all that there are and will be
 * @param raw whether single records may be seen: {@code <feed>_events} and {@code tideline_rejected}, not aggregates alone
 */
public record Access(Optional<Set<String>> feeds, boolean raw) {
    /** All feeds and their records. */
    public static final Access WHOLE = new Access(Optional.empty(), true);

    /** No feed. */
    public static final Access NONE = new Access(Optional.of(Set.of()), false);

    public Access {
        feeds = feeds.map(Set::copyOf);
    }

    /** Whether anything of the feed of this name may be seen. */
    public boolean sees(String feed) {
        return feeds.isEmpty() || feeds.get().contains(feed);
    }

    /** Whether {@code view}, of {@code feed}, may be seen. */
    boolean sees(Feed feed, ViewName view) {
        return sees(feed.name()) && (raw || !view.isEvents());
    }

    /** Whether a view that is of no feed may be seen. */
    boolean seesOfEveryFeed(String view) {
        return AlertViews.NAMES.contains(view) ? feeds.isEmpty() : raw || !OperationViews.holdsRecords(view);
    }
}
