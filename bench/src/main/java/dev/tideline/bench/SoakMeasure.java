package dev.tideline.bench;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.serving.Views;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.streaming.StreamingQueryListener;

/**
 * What a micro-batch takes on a lake that is new, and on one that holds a day of micro-batches; and what a question takes
 * before and after they are folded.
 */
final class SoakMeasure implements Measure {
    private static final int RECORDS = 500;
    /** Of a long soak: how many at its beginning do not count, and how many then do, as at its end. */
    private static final int WARM = 200;

    private static final int COMPARED = 500;
    private static final int QUESTIONS = 5;
    private static final int COUNTED = 4;

    @Override
    public int row() {
        return 7;
    }

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml");
        int batches = site.size().batches();
        long count = Math.min(site.clicks().count(), (long) RECORDS * batches);
        Lake lake = site.lake();
        List<Double> early;
        List<Double> late;
        double first;
        if (site.size().soaks()) {
            List<Double> all = run(site, lake, feed, count);
            first = all.get(0);
            early = all.subList(WARM, WARM + COMPARED);
            late = all.subList(all.size() - COMPARED, all.size());
        } else {
            Lake aged = site.lake();
            run(site, aged, feed, count / 5); // warms up
            AgedLake.age(aged, feed, site.size().past());
            early = later(run(site, lake, feed, count));
            List<Double> old = run(site, aged, feed, count + count / 5);
            first = old.get(0);
            late = later(old);
        }
        double before = top(site, lake);
        // What is folded, the archive must cover.
        Streams.readAll(site, lake, feed, site.clicks().count(), Stream.ARCHIVE);
        Streams.fold(lake, feed);
        Oracle.check(site, lake, feed, site.clicks());
        double after = top(site, lake);
        List<Figure> requests = requestsPerBatch(site, feed);
        List<Figure> figures = List.of(
                Figure.of(7, "a micro-batch on a new lake, p50", 1000 * Quantile.of(early, 50), "ms"),
                Figure.of(7, "a micro-batch on a new lake, p99", 1000 * Quantile.of(early, 99), "ms"),
                Figure.of(7, "a micro-batch on an old one, p50", 1000 * Quantile.of(late, 50), "ms"),
                Figure.of(7, "a micro-batch on an old one, p99", 1000 * Quantile.of(late, 99), "ms"),
                Figure.of(7, "the first on an old one", 1000 * first, "ms"),
                Figure.of(
                                7,
                                "micro-batch, p99 late against early",
                                Quantile.of(late, 99) / Quantile.of(early, 99),
                                "times")
                        .towards(2, 1.3, 1.1),
                Figure.of(7, "top 100 ads after %,d that nobody folded".formatted(count / RECORDS), before, "ms"),
                Figure.of(7, "top 100 ads, folded", after, "ms"));
        return java.util.stream.Stream.concat(figures.stream(), requests.stream())
                .toList();
    }

    /** Those after the first of a run, which opens the tables. */
    private static List<Double> later(List<Double> seconds) {
        return seconds.subList(1, seconds.size());
    }

    /** The median of some questions, after one, in milliseconds. */
    private static double top(Site site, Lake lake) {
        Views.register(site.spark(), lake.root());
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i <= QUESTIONS; i++) {
            long began = System.nanoTime();
            site.spark()
                    .sql(
                            "SELECT ad_id, sum(clicks) AS n FROM clicks_by_ad_1m GROUP BY ad_id ORDER BY n DESC, ad_id LIMIT 100")
                    .collectAsList();
            if (i > 0) {
                seconds.add((System.nanoTime() - began) / 1e9);
            }
        }
        return 1000 * Quantile.of(seconds, 50);
    }

    /** Counted by the client, whatever a micro-batch asks for: its rows, its record, and what Delta reads of its log. */
    private static List<Figure> requestsPerBatch(Site site, Feed feed) throws Exception {
        Lake lake = site.lakeOnS3();
        run(site, lake, feed, RECORDS * 2L); // makes the tables
        // A run's start and end ask for more: of two runs the longer one has them as well.
        int few = 2;
        S3Requests begin = site.requestsToS3();
        int some = run(site, lake, feed, RECORDS * (2L + few)).size();
        S3Requests middle = site.requestsToS3();
        int more = run(site, lake, feed, RECORDS * (2L + 2L * few + COUNTED)).size();
        S3Requests made = site.requestsToS3().minus(middle).minus(middle.minus(begin));
        int batches = Math.max(1, more - some);
        return List.of(
                Figure.of(7, "requests to S3 for each: PUT and LIST", (double) made.writes() / batches, ""),
                Figure.of(7, "requests to S3 for each: GET, HEAD and others", (double) made.reads() / batches, ""));
    }

    /** The seconds that each micro-batch of {@link #RECORDS} took. */
    private static List<Double> run(Site site, Lake lake, Feed feed, long count) throws Exception {
        List<Double> seconds = Collections.synchronizedList(new ArrayList<>());
        AtomicLong left = new AtomicLong(count - Streams.recorded(lake, feed, Stream.SPEED));
        StreamingQueryListener listener = new StreamingQueryListener() {
            @Override
            public void onQueryStarted(QueryStartedEvent event) {}

            @Override
            public void onQueryTerminated(QueryTerminatedEvent event) {}

            @Override
            public void onQueryProgress(QueryProgressEvent event) {
                left.addAndGet(-event.progress().numInputRows());
                if (event.progress().numInputRows() > 0) {
                    seconds.add(event.progress().durationMs().get("triggerExecution") / 1000.0);
                }
            }
        };
        site.spark().streams().addListener(listener);
        try (RunningStream speed = FeedStream.start(
                lake, feed, Stream.SPEED, site.options(Duration.ZERO).withMaxOffsets(RECORDS))) {
            while (left.get() > 0) {
                if (!speed.isActive()) {
                    speed.await();
                }
                Thread.sleep(50);
            }
        } finally {
            site.spark().streams().removeListener(listener);
        }
        return List.copyOf(seconds);
    }
}
