package dev.tideline.alerts.evaluate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.alerts.rule.Health;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.serving.Views;
import dev.tideline.spark.Sessions;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/**
 * What the rules of one group see: each view that they name, from some time on, cached under its own name in a session of its
 * own. All are of one snapshot. What has not changed since the last time is not computed anew.
 */
final class RuleViews implements AutoCloseable {
    private final Lake lake;
    private final SparkSession session;
    private final Views views;
    private final HealthRows health;
    private final Map<String, Cached> cached = new HashMap<>();
    private final Map<String, Boolean> windowed = new ConcurrentHashMap<>();
    private final Map<String, String> missing = new HashMap<>();

    /** Rows of a view as they were at a snapshot. */
    private record Cached(LakeSnapshot snapshot, Instant from, Dataset<Row> rows) {}

    /**
     * @param lake on a session that nobody else uses
     */
    RuleViews(Lake lake, HealthRows health) {
        this.lake = lake;
        this.session = lake.apart().spark();
        RuleQuery.SHORT.forEach(session.conf()::set);
        this.views = new Views(lake);
        this.health = health;
    }

    /** The session that knows the views. */
    SparkSession session() {
        return session;
    }

    Lake lake() {
        return lake;
    }

    /** Whether a rule's query has windows; asked of Spark once. */
    boolean isWindowed(Rule rule) {
        return windowed.computeIfAbsent(rule.expr(), expr -> RuleQuery.isWindowed(session(), rule));
    }

    Views views() {
        return views;
    }

    /** All names that rules can use here. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(views.names());
        names.addAll(Health.VIEWS.keySet());
        return names;
    }

    /** Makes {@code wanted} what readers see at {@code snapshot}, of windows that begin at {@code from} or later. */
    void take(Set<String> wanted, LakeSnapshot snapshot, Instant from, Instant now) {
        missing.clear();
        for (String name : wanted) {
            try {
                if (Health.VIEWS.containsKey(name)) {
                    show(name, health.rows(lake, name, now));
                } else {
                    take(name, snapshot, from.truncatedTo(ChronoUnit.HOURS));
                }
            } catch (NotYetWritten | NotFound e) {
                missing.put(name, e.getMessage());
                drop(name);
            }
        }
    }

    private void take(String name, LakeSnapshot snapshot, Instant from) {
        Optional<Feed> feed = views.feed(name);
        Cached before = cached.get(name);
        if (before != null
                && feed.isPresent()
                && before.from().equals(from)
                && snapshot.isSame(before.snapshot(), feed.get())) {
            return;
        }
        Dataset<Row> rows =
                feed.isPresent() ? views.view(name, snapshot::of).where(since(name, from)) : views.view(name);
        rows.persist(StorageLevel.MEMORY_AND_DISK());
        show(name, rows);
        cached.put(name, new Cached(snapshot, from, rows));
        if (before != null) {
            before.rows().unpersist();
        }
    }

    private void show(String name, Dataset<Row> rows) {
        Sessions.in(session, rows).createOrReplaceTempView(name);
    }

    private static Column since(String name, Instant from) {
        Column start = lit(Timestamp.from(from));
        String time = ViewName.parse(name).orElseThrow().timeColumn();
        return col(time).geq(start).and(col("event_date").geq(start.cast("date")));
    }

    private void drop(String name) {
        session().catalog().dropTempView(name);
        Cached before = cached.remove(name);
        if (before != null) {
            before.rows().unpersist();
        }
    }

    /**
     * Nothing, when all of {@code wanted} are here.
     *
     * @throws CannotException why one of them is not
     */
    void require(Set<String> wanted) {
        for (String name : wanted) {
            if (missing.containsKey(name)) {
                throw new CannotException(missing.get(name));
            }
        }
    }

    @Override
    public void close() {
        cached.values().forEach(one -> one.rows().unpersist());
        cached.clear();
    }
}
