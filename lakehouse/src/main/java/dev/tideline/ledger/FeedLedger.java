package dev.tideline.ledger;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** The ledger of the feeds that streams of a lake have declared, as their files' text. The newest declaration of a name counts. */
public final class FeedLedger {
    /** The columns for people. */
    static final String COLUMNS = "number BIGINT, feed STRING, declared_at TIMESTAMP";

    private final Ledger<Declaration> ledger;

    /** One declaration of a feed. */
    public record Declaration(String feed, String source, Instant declaredAt) {}

    FeedLedger(String path, Configuration conf, Appender appender) {
        this.ledger = new Ledger<>(path, conf, Declaration.class, appender);
    }

    /** Every declaration, oldest first. */
    public List<Declaration> all() {
        return ledger.all();
    }

    /** The newest declaration of each feed, by name, in the order in which the feeds came. */
    public Map<String, Declaration> newest() {
        return newest(all());
    }

    /** The newest of these declarations for each feed. */
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
