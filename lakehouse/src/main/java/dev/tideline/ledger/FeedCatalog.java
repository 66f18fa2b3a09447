package dev.tideline.ledger;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.Rollup;
import dev.tideline.table.LakeTable;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The feeds of a lake, as their files' text, so that a reader needs the lake's root and nothing else. The newest of a name counts. */
public final class FeedCatalog {
    private final Ledger<Declaration> ledger;
    private final Map<Declaration, Feed> parsed = new ConcurrentHashMap<>();

    /** One declaration of a feed. */
    record Declaration(String feed, String source, Instant declaredAt) {}

    public FeedCatalog(LakeTable table) {
        this.ledger = new Ledger<>(table, "number BIGINT, feed STRING, declared_at TIMESTAMP", Declaration.class);
    }

    public LakeTable table() {
        return ledger.table();
    }

    /** Every feed, by name. */
    public Map<String, Feed> all() {
        Map<String, Feed> feeds = new LinkedHashMap<>();
        newest(ledger.all()).forEach((name, declaration) -> feeds.put(name, feed(declaration)));
        return feeds;
    }

    private static Map<String, Declaration> newest(List<Declaration> oldestFirst) {
        Map<String, Declaration> newest = new LinkedHashMap<>();
        oldestFirst.forEach(d -> newest.put(d.feed(), d));
        return newest;
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
        Declaration before = newest(known).get(feed.name());
        if (before == null || !before.source().equals(feed.source())) {
            refuseSharedRollups(feed);
            long number = known.size() + 1L;
            ledger.append(
                    new Declaration(feed.name(), feed.source(), at),
                    "feeds",
                    number,
                    () -> ledger.all().size() == known.size(),
                    number,
                    feed.name(),
                    Timestamp.from(at));
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
