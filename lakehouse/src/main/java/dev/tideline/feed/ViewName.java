package dev.tideline.feed;

import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The name of a view that readers ask: {@code clicks_by_ad_1m} is the rollup clicks_by_ad at one minute, {@code clicks_events}
 * are the accepted events of the feed clicks.
 *
 * @param of the rollup, or the feed for events
 * @param grain empty for events
 */
public record ViewName(String of, Optional<Grain> grain) {
    private static final String EVENTS = "_events";

    /** The accepted events of {@code feed}. */
    public static ViewName events(Feed feed) {
        return new ViewName(feed.name(), Optional.empty());
    }

    public static ViewName of(Rollup rollup, Grain grain) {
        return new ViewName(rollup.name(), Optional.of(grain));
    }

    /** Every view of {@code feed}: its rollups at each grain, then its events. */
    public static List<ViewName> all(Feed feed) {
        List<ViewName> all = new ArrayList<>();
        for (Rollup rollup : feed.rollups()) {
            for (Grain grain : Grain.values()) {
                all.add(of(rollup, grain));
            }
        }
        all.add(events(feed));
        return all;
    }

    /** What {@code text} names; empty when it has the form of no such name. Whether there is such a view is another question. */
    public static Optional<ViewName> parse(String text) {
        for (Grain grain : Grain.values()) {
            String suffix = "_" + grain.suffix();
            if (text.endsWith(suffix) && text.length() > suffix.length()) {
                return Optional.of(new ViewName(without(text, suffix), Optional.of(grain)));
            }
        }
        return text.endsWith(EVENTS) && text.length() > EVENTS.length()
                ? Optional.of(new ViewName(without(text, EVENTS), Optional.empty()))
                : Optional.empty();
    }

    private static String without(String text, String suffix) {
        return text.substring(0, text.length() - suffix.length());
    }

    /** As readers write it. */
    public String text() {
        return of + grain.map(g -> "_" + g.suffix()).orElse(EVENTS);
    }

    public boolean isEvents() {
        return grain.isEmpty();
    }

    /** Whether {@code feed} declares this view. */
    public boolean isOf(Feed feed) {
        return isEvents() ? of.equals(feed.name()) : feed.rollup(of).isPresent();
    }

    /** The column by which rows are chosen for a period (TIMESTAMP, UTC). */
    public String timeColumn() {
        return isEvents() ? "event_time" : "window_start";
    }

    @Override
    public String toString() {
        return text();
    }
}
