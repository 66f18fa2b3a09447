package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an event costs the speed layer, in CPU time, where there are many keys of a kind or many days, beside few; and on more cores. */
final class GrowthMeasure implements Measure {
    private static final int FEW_ADS = 10_000;
    private static final int MANY_DAYS = 100;
    private static final int SETTLED_CLICKS = 5_000;
    private static final int FEW_SERIES = 1_000;
    private static final int MANY_SERIES = 1_000_000;

    @Override
    public int row() {
        return 11;
    }

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed fewAds = clicks(site.send("clicks-of-few-ads", site.size().clicks(), Site.dense(1, Site.PEAK, FEW_ADS))
                .topic());
        Feed manyAds = clicks(site.clicks().topic());
        Feed fewSeries = metrics(site, FEW_SERIES);
        Feed manySeries = metrics(site, MANY_SERIES);
        int rounds = Math.max(1, site.size().rounds() - 1);
        Lake day = settled(site);
        List<Lake> oneDay = copies(site, day, rounds);
        AgedLake.publish(day, manyAds, site.day(), MANY_DAYS - 1);
        List<Lake> manyDays = copies(site, day, rounds);
        if (!site.size().quick()) {
            Streams.readAll(site, site.lake(), fewAds, site.size().clicks(), Stream.SPEED); // warms up
        }
        Map<String, Timed> two = new Rounds()
                .with("few ads", round -> clicks(site, fewAds))
                .with("many ads", round -> clicks(site, manyAds))
                .with("after a day", round -> more(site, manyAds, oneDay.get(round - 1)))
                .with("after 100 days", round -> more(site, manyAds, manyDays.get(round - 1)))
                .with("few series", round -> samples(site, fewSeries))
                .with("many series", round -> samples(site, manySeries))
                .runWarm(rounds, site);
        site.cores(1);
        Map<String, Timed> one;
        try {
            Rounds alone = new Rounds().with("one core", round -> clicks(site, manyAds));
            one = alone.run(1, site);
        } finally {
            site.cores(Site.CORES);
        }
        return List.of(
                ratio("CPU of a click, of 2 M ads beside 10 k", two.get("many ads"), two.get("few ads")),
                ratio("CPU of a sample, of 1 M series beside 1 k", two.get("many series"), two.get("few series")),
                ratio("CPU of a click, of 100 days beside 1", two.get("after 100 days"), two.get("after a day")),
                ratio("CPU of a click, on 2 cores beside 1", two.get("many ads"), one.get("one core")));
    }

    private static Figure ratio(String what, Timed large, Timed small) {
        return Figure.of(11, what, large.cpuPerMillion() / small.cpuPerMillion(), "times")
                .costing(large)
                .towards(1.3, 1.1, 1.0);
    }

    private static Feed clicks(String topic) throws Exception {
        return Streams.feed("/feeds/clicks.yaml", topic);
    }

    /** A lake with one published day. */
    private static Lake settled(Site site) throws Exception {
        SentClicks sent = site.send("clicks-of-the-past", SETTLED_CLICKS);
        Feed feed = clicks(sent.topic());
        Lake lake = site.lake();
        Streams.readAll(site, lake, feed, sent.count(), Stream.SPEED, Stream.ARCHIVE);
        Recompute.run(lake, feed, site.day(), Instant.now());
        return lake;
    }

    private static List<Lake> copies(Site site, Lake lake, int count) throws IOException {
        List<Lake> copies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            copies.add(site.copy(lake));
        }
        return copies;
    }

    private static Feed metrics(Site site, int series) throws Exception {
        Feed feed = Streams.feed("/feeds/metrics.yaml", "series-" + series);
        site.send(feed, new Samples(series, site.start()), site.size().samples());
        return feed;
    }

    private static long clicks(Site site, Feed feed) {
        return Streams.readAll(site, site.lake(), feed, site.size().clicks(), Stream.SPEED);
    }

    /** On a lake that has read other clicks before. */
    private static long more(Site site, Feed feed, Lake lake) {
        return Streams.readAll(site, lake, feed, SETTLED_CLICKS + site.size().clicks(), Stream.SPEED) - SETTLED_CLICKS;
    }

    private static long samples(Site site, Feed feed) {
        return Streams.readAll(site, site.lake(), feed, site.size().samples(), Stream.SPEED);
    }
}
