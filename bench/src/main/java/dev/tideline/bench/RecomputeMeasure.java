package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.table.Lake;
import dev.tideline.table.Stream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The nightly recompute of one day beside DuckDB and a plain Spark job on the same Parquet files. */
final class RecomputeMeasure implements Measure {
    @Override
    public int row() {
        return 8;
    }

    @Override
    public String name() {
        return "recompute";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml", "clicks-of-a-day");
        SentClicks clicks = site.send(feed.topic(), site.size().day());
        Lake lake = site.lake();
        Streams.readAll(site, lake, feed, clicks.count(), Stream.SPEED, Stream.ARCHIVE);
        List<String> files = Streams.files(lake.raw(feed).read().where("event_date = DATE'" + site.day() + "'"));
        Nightly nightly = new Nightly(files, site.dir().resolve("nightly"));
        Map<String, Timed> medians = new Rounds()
                .with(
                        "recompute",
                        round -> Recompute.run(lake, feed, site.day(), Instant.now())
                                .counts()
                                .get("events"))
                .with("DuckDB", round -> nightly.duck())
                .with("plain Spark job", round -> nightly.spark(lake.spark()))
                .run(Math.max(1, site.size().rounds() - 1), site.progress());
        Oracle.check(site, lake, feed, clicks);
        nightly.requireEqual(lake, site.day());
        Timed ours = medians.get("recompute");
        Timed duck = medians.get("DuckDB");
        Timed plain = medians.get("plain Spark job");
        String of = " of %,d events".formatted(ours.events());
        return List.of(
                Figure.rate(8, "recompute" + of, ours, "events/s"),
                Figure.rate(8, "DuckDB, the same files and answers", duck, "events/s"),
                Figure.rate(8, "a plain Spark job", plain, "events/s"),
                Figure.of(8, "recompute, of DuckDB's time", ours.seconds() / duck.seconds(), "times")
                        .towards(5, 3, 2),
                Figure.of(8, "recompute, of the plain Spark job's time", ours.seconds() / plain.seconds(), "times"));
    }
}
