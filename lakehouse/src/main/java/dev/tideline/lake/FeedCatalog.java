package dev.tideline.lake;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.ledger.FeedLedger;
import dev.tideline.ledger.FeedLedger.Declaration;
import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.Rollup;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The feeds of a lake, as their files' text, so that a reader needs the lake's root and nothing else. The newest of a name counts. */
public final class FeedCatalog {
    private final FeedLedger ledger;
    private final Map<Declaration, Feed> parsed = new ConcurrentHashMap<>();

    FeedCatalog(FeedLedger ledger) {
        this.ledger = ledger;
    }

    /** Every feed, by name. */
    public Map<String, Feed> all() {
        Map<String, Feed> feeds = new LinkedHashMap<>();
        ledger.newest().forEach((name, declaration) -> feeds.put(name, feed(declaration)));
        return feeds;
    }

    /** Parsed once, which takes longer than a small query; and not under a lock, since it asks Spark. */
    private Feed feed(Declaration declaration) {
        Feed feed = parsed.get(declaration);
        if (feed == null) {
            feed = FeedFile.parse("of the lake, " + declaration.feed(), declaration.source());
            parsed.put(declaration, feed);
        }
        return feed;
    }

    /**
     * Declares a feed unless its newest declaration says the same.
     *
     * @throws CannotException when another feed of the lake has a rollup of the same name: they would share its tables
     */
    public void declare(Feed feed, Instant at) {
        List<Declaration> known = ledger.all();
        Declaration before = FeedLedger.newest(known).get(feed.name());
        if (before == null || !before.source().equals(feed.source())) {
            refuseSharedRollups(feed);
            ledger.append(new Declaration(feed.name(), feed.source(), at), known.size());
            declare(feed, at);
        }
    }

    private void refuseSharedRollups(Feed feed) {
        Set<String> names = feed.rollups().stream().map(Rollup::name).collect(Collectors.toSet());
        for (Feed other : all().values()) {
            for (Rollup rollup : other.rollups()) {
                if (!other.name().equals(feed.name()) && names.contains(rollup.name())) {
                    throw new CannotException("Cannot declare feed " + feed.name() + ": feed " + other.name()
                            + " of this lake has a rollup " + rollup.name()
                            + " already (give one of them another name)");
                }
            }
        }
    }
}
