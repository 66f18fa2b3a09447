package dev.tideline.serve;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.Causes;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.serving.Access;
import dev.tideline.serving.Views;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The views of a lake in the catalog that all sessions of a server share, so that a client that knows nothing of us sees and
 * asks them. Looks again every so often for feeds that were added, changed, or written to for the first time.
 */
final class SharedViews implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedViews.class);

    private final Lake lake;
    private final Access access;
    private final Views views;
    private final Set<String> made = new TreeSet<>();
    private final Set<String> stale = new TreeSet<>();
    private Map<String, Feed> known = Map.of();
    /** Whether a view is made of everything that these feeds can have. */
    private boolean allMade;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "shared-views");
        thread.setDaemon(true);
        return thread;
    });

    private SharedViews(Lake lake, Access access) {
        this.lake = lake;
        this.access = access;
        this.views = new Views(lake, access);
    }

    /** Makes the views that {@code access} sees now, and keeps looking. */
    static SharedViews start(Lake lake, Access access, Duration every) {
        SharedViews shared = new SharedViews(lake, access);
        shared.refresh();
        Future<?> unused = shared.clock.scheduleWithFixedDelay(
                shared::refreshOrSay, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
        return shared;
    }

    /** The lake, by a session with these views. */
    Lake lake() {
        return lake;
    }

    /** The views that clients see now. */
    synchronized Set<String> names() {
        return new TreeSet<>(made);
    }

    private void refreshOrSay() {
        try {
            refresh();
        } catch (RuntimeException e) {
            LOG.warn("The views could not be looked at again, they stay as they are: {}", e.toString());
        }
    }

    /** A view is made anew when its feed may have changed, and tried again while nothing was written for it. */
    private synchronized void refresh() {
        Map<String, Feed> feeds = lake.feeds().all();
        if (feeds.equals(known) && allMade) {
            return;
        }
        if (!feeds.equals(known)) {
            stale.addAll(made);
            known = feeds;
        }
        List<String> names = views.names();
        for (String name : names) {
            if ((!made.contains(name) || stale.contains(name)) && create(name)) {
                made.add(name);
                stale.remove(name);
            }
        }
        for (String name : names()) {
            if (!names.contains(name)) {
                run("DROP VIEW IF EXISTS `" + name + "`");
                made.remove(name);
            }
        }
        allMade = made.containsAll(names) && made.containsAll(Views.ofEveryLake(access));
    }

    /** Whether something was written for the view, which is there then. */
    private boolean create(String name) {
        try {
            run("CREATE OR REPLACE VIEW `" + name + "` AS SELECT * FROM tideline('" + name + "')");
            return true;
        } catch (RuntimeException e) {
            if (Causes.of(e).anyMatch(NotYetWritten.class::isInstance)) {
                return false;
            }
            throw e;
        }
    }

    private void run(String statement) {
        ReadOnlyExtensions.ours(() -> lake.spark().sql(statement));
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
