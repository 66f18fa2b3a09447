package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.spark.TableFunctions;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The views of a lake, for any session: {@code clicks_by_ad_1m}, {@code clicks_by_ad_1h}, {@code clicks_events}, … each a
 * plain SQL view over the table function {@code tideline('clicks_by_ad_1m')}, which resolves and pins anew whenever a query is
 * analysed.
 */
public final class Views {
    /** The setting that names the lake for {@link TidelineExtensions}. */
    public static final String LAKE = "spark.tideline.lake";

    private static final List<String> OF_EVERY_LAKE = Stream.concat(
                    AlertViews.NAMES.stream(), OperationViews.NAMES.stream())
            .toList();

    static final String FUNCTION = "tideline";

    private final Lake lake;
    private final Access access;
    private final NewestSnapshots snapshots;
    private final ThreadLocal<Query> query = ThreadLocal.withInitial(() -> new Query(null, new TreeMap<>()));

    /** The views of {@code lake}. */
    public Views(Lake lake) {
        this(lake, Access.WHOLE);
    }

    /** The views of {@code lake} that {@code access} may see: there are no others. */
    public Views(Lake lake, Access access) {
        this.lake = lake;
        this.access = access;
        this.snapshots = new NewestSnapshots(lake);
    }

    /**
     * Makes every view of the lake at {@code root} known to {@code spark}, and those of feeds declared later when called again.
     *
     * @return the names of the views
     */
    public static List<String> register(SparkSession spark, String root) {
        return register(spark, root, Access.WHOLE);
    }

    /** Makes the views of the lake at {@code root} that {@code access} may see known to {@code spark}, and returns their names. */
    public static List<String> register(SparkSession spark, String root, Access access) {
        Views views = new Views(Lake.at(spark, root), access);
        TableFunctions.register(spark, FUNCTION, views.source());
        List<String> names = views.names();
        names.forEach(name -> spark.sql(
                "CREATE OR REPLACE TEMPORARY VIEW `" + name + "` AS SELECT * FROM " + FUNCTION + "('" + name + "')"));
        return names;
    }

    /** The names of the views that are of no feed and that {@code access} sees; each is there once something was written for it. */
    public static List<String> ofEveryLake(Access access) {
        return OF_EVERY_LAKE.stream().filter(access::seesOfEveryFeed).toList();
    }

    /** The names of all views, by feed. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        Collection<Feed> feeds = feeds();
        for (Feed feed : feeds) {
            ViewName.all(feed).stream().filter(view -> access.sees(feed, view)).forEach(view -> names.add(view.text()));
        }
        List<String> ofEveryFeed = new ArrayList<>();
        if (lake.alerts().exists()) {
            ofEveryFeed.addAll(AlertViews.NAMES);
        }
        ofEveryFeed.addAll(OperationViews.names(lake, feeds));
        ofEveryFeed.stream().filter(access::seesOfEveryFeed).forEach(names::add);
        return names;
    }

    private Collection<Feed> feeds() {
        return lake.feeds().all().values().stream()
                .filter(feed -> access.sees(feed.name()))
                .toList();
    }

    /** The feed that the view {@code name} is of; empty for those of alerts and of operations, and for none of ours. */
    public Optional<Feed> feed(String name) {
        return ViewName.parse(name)
                .flatMap(view -> feeds().stream()
                        .filter(view::isOf)
                        .filter(feed -> access.sees(feed, view))
                        .findFirst());
    }

    /**
     * The rows of the view {@code name}, pinned to this moment.
     *
     * @throws NotFound when there is no such view
     * @throws NotYetWritten when nothing was written for it yet
     */
    public Dataset<Row> view(String name) {
        return view(name, snapshots::of);
    }

    /** The rows of the view {@code name}, pinned to the moment of {@code query}. */
    Dataset<Row> view(String name, Query query) {
        return view(name, feed -> query.pinned.computeIfAbsent(feed.name(), f -> snapshots.of(feed)));
    }

    /**
     * The rows of the view {@code name}, pinned to what {@code moment} gives for its feed: what several views are asked of
     * together, from the same moment.
     *
     * @throws NotFound when there is no such view
     * @throws NotYetWritten when nothing was written for it yet
     */
    public Dataset<Row> view(String name, Function<Feed, FeedSnapshot> moment) {
        if (AlertViews.NAMES.contains(name) && access.seesOfEveryFeed(name)) {
            return present(name, AlertViews.rows(lake.alerts(), name));
        }
        if (OperationViews.knows(name) && access.seesOfEveryFeed(name)) {
            return present(name, OperationViews.rows(lake, feeds(), name));
        }
        Feed feed = feed(name)
                .orElseThrow(() -> new NotFound("Cannot read " + name + ": the lake " + lake.root()
                        + " has no such view (" + String.join(", ", names()) + ")" + unreadable()));
        return present(name, rows(ViewName.parse(name).orElseThrow(), feed, moment.apply(feed)));
    }

    private String unreadable() {
        return lake.feeds().unreadable().entrySet().stream()
                .filter(feed -> access.sees(feed.getKey()))
                .map(feed -> "; its feed " + feed.getKey() + " cannot be read by this release: " + feed.getValue())
                .collect(Collectors.joining());
    }

    private Optional<Dataset<Row>> rows(ViewName view, Feed feed, FeedSnapshot snapshot) {
        return view.isEvents()
                ? ServingView.events(lake, snapshot)
                : ServingView.rollup(
                        lake,
                        snapshot,
                        feed.rollup(view.of()).orElseThrow(),
                        view.grain().orElseThrow());
    }

    private Dataset<Row> present(String name, Optional<Dataset<Row>> rows) {
        return rows.orElseThrow(() -> new NotYetWritten("Cannot read " + name
                + ": nothing was written for it yet (start the feed's archive and speed streams)"));
    }

    /** The rows of each view for {@code tideline('<view>')}, pinned to the moment of the query that names it. */
    TableFunctions.Source source() {
        return name -> {
            Query asking = query();
            return () -> view(name, asking);
        };
    }

    /** What one query has pinned so far, by feed. */
    record Query(WeakReference<Object> identity, Map<String, FeedSnapshot> pinned) {}

    /** The query that this thread analyses: nested views share their query's relation cache, and no two queries do. */
    Query query() {
        Object identity = TableFunctions.query();
        if (query.get().identity == null || query.get().identity.get() != identity) {
            query.set(new Query(new WeakReference<>(identity), new TreeMap<>()));
        }
        return query.get();
    }
}
