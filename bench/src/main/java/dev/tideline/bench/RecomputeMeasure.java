package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import java.time.Instant;
import java.time.LocalDate;
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
        Nightly nightly = new Nightly(files(lake, feed, site.day()), site.dir().resolve("nightly"));
        // What came a day late warms up, if any did.
        LocalDate before = site.day().minusDays(1);
        LocalDate few = files(lake, feed, before).isEmpty() ? site.day() : before;
        Nightly nightlyOfFew = new Nightly(files(lake, feed, few), site.dir().resolve("warm"));
        Map<String, Timed> medians = new Rounds()
                .with(
                        "recompute",
                        round -> Recompute.run(lake, feed, round == 0 ? few : site.day(), Instant.now())
                                .counts()
                                .get("events"))
                .with("DuckDB", round -> (round == 0 ? nightlyOfFew : nightly).duck())
                .with("plain Spark job", round -> (round == 0 ? nightlyOfFew : nightly).spark(lake.spark()))
                .run(Math.max(1, site.size().rounds() - 1), site);
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

    private static List<String> files(Lake lake, Feed feed, LocalDate date) {
        return Streams.files(lake.raw(feed).read().where("event_date = DATE'" + date + "'"));
    }
}
