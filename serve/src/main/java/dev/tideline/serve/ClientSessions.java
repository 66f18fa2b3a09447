package dev.tideline.serve;

import dev.tideline.lake.Lake;
import dev.tideline.serving.Access;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/**
 * The sessions of a server's clients, by whichever door they came. A session has what its client may see in its table function and
 * in its catalog, and nothing else: both were made for that, and no setting or statement leads to those of others. Clients who may
 * see the same share a catalog.
 */
public final class ClientSessions implements AutoCloseable {
    private final SparkSession spark;
    private final String root;
    private final Duration every;
    private final Map<Access, SharedViews> catalogs = new ConcurrentHashMap<>();

    private ClientSessions(SparkSession spark, String root, Duration every) {
        this.spark = spark;
        this.root = root;
        this.every = every;
    }

    /**
     * Sessions on {@code lake}, beside its own.
     *
     * @param every how often they look for views that were added or changed
     */
    public static ClientSessions of(Lake lake, Duration every) {
        return new ClientSessions(lake.spark(), lake.root(), every);
    }

    /** The lake by a session with what {@code access} may see; its {@code newSession} is for one client. */
    public Lake lake(Access access) {
        return catalog(access).lake();
    }

    /** The names of the views that {@code access} sees now. */
    public Set<String> views(Access access) {
        return catalog(access).names();
    }

    private SharedViews catalog(Access access) {
        return catalogs.computeIfAbsent(
                access, a -> SharedViews.start(Lake.at(ReadOnlySession.beside(spark, root, a), root), a, every));
    }

    /**
     * For a server of Spark's, which makes its clients' sessions of one that it is given: each that it makes has what its opener may
     * see.
     *
     * @param opener what the client may see for whom this thread makes a session; throws where that is not known
     */
    public SparkSession openedBy(Supplier<Access> opener) {
        return ReadOnlySession.opening(
                spark, root, () -> lake(opener.get()).spark().newSession());
    }

    @Override
    public void close() {
        catalogs.values().forEach(SharedViews::close);
    }
}
