package dev.tideline.ledger;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.protocol.CannotException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ledger of the feeds that streams of a lake have declared, as their files' text. The newest declaration of a name counts. */
public final class FeedLedger {
    /** The columns for people. */
    static final String COLUMNS = "number BIGINT, feed STRING, declared_at TIMESTAMP";

    private static final Logger LOG = LoggerFactory.getLogger(FeedLedger.class);

    private final Ledger<Declaration> ledger;
    private final Map<String, Optional<FeedDeclaration>> files = new ConcurrentHashMap<>();

    /**
     * One declaration of a feed.
     *
     * @param retired readers no longer see the feed, its streams do not start, and its names are free; its tables stay
     * @param hashKey fingerprint of the key that its fields are hashed with; empty where none is
     */
    public record Declaration(String feed, String source, Instant declaredAt, boolean retired, String hashKey)
            implements Feature.User {
        public Declaration {
            hashKey = hashKey == null ? "" : hashKey; // as in records from before there was such a thing
        }

        @Override
        public Set<Feature> features() {
            return retired ? Set.of(Feature.RETIRED_FEEDS) : Set.of();
        }
    }

    FeedLedger(String path, Configuration conf, Appender appender) {
        this.ledger = new Ledger<>(path, conf, Declaration.class, appender);
    }

    /** Every declaration, oldest first. */
    public List<Declaration> all() {
        return ledger.all();
    }

    /** Every file that the feed was declared with, oldest first, as far as this release can read them. */
    List<FeedDeclaration> files(String feed) {
        return all().stream()
                .filter(declaration -> declaration.feed().equals(feed))
                .flatMap(declaration -> file(feed, declaration.source()).stream())
                .distinct()
                .toList();
    }

    /** What a feed's file says; empty where this release cannot read it. */
    public Optional<FeedDeclaration> file(String feed, String source) {
        return files.computeIfAbsent(source, text -> {
            try {
                return Optional.of(FeedDeclaration.parse("of the lake, " + feed, text));
            } catch (CannotException e) {
                LOG.debug("Without a file of feed {}", feed, e); // FeedCatalog says it of the one in use
                return Optional.empty();
            }
        });
    }

    /** The newest declaration of each feed that is not retired, by name, in the order in which the feeds came. */
    public Map<String, Declaration> newest() {
        Map<String, Declaration> newest = newest(all());
        newest.values().removeIf(Declaration::retired);
        return newest;
    }

    /** The newest of these declarations for each feed, retired or not. */
    public static Map<String, Declaration> newest(List<Declaration> oldestFirst) {
        Map<String, Declaration> newest = new LinkedHashMap<>();
        oldestFirst.forEach(d -> newest.put(d.feed(), d));
        return newest;
    }

    /** Appends a declaration unless another came after the first {@code known} ones. */
    public void append(Declaration declaration, int known) {
        long number = known + 1L;
        ledger.append(
                declaration,
                "feeds",
                number,
                () -> all().size() == known,
                number,
                declaration.feed(),
                Timestamp.from(declaration.declaredAt()));
    }
}
