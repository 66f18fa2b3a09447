package dev.tideline.bench;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import java.util.List;
import java.util.Map;

/** The speed layer beside what the machine can do at most, and with the archive beside it. */
final class SpeedMeasure implements Measure {
    @Override
    public int row() {
        return 1;
    }

    @Override
    public String name() {
        return "speed";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/clicks.yaml");
        SentClicks clicks = site.clicks();
        HandWritten loop = new HandWritten(site.kafka().bootstrapServers(), clicks.topic());
        Lake[] alone = new Lake[1];
        Lake[] both = new Lake[1];
        Map<String, Timed> medians = new Rounds()
                .with("hand-written loop", round -> loop.count(2))
                .with("speed layer", round -> {
                    alone[0] = site.lake();
                    return Streams.readAll(site, alone[0], feed, clicks.count(), Stream.SPEED);
                })
                .with("archive and speed", round -> {
                    both[0] = site.lake();
                    return Streams.readAll(site, both[0], feed, clicks.count(), Stream.SPEED, Stream.ARCHIVE);
                })
                .run(site.size().rounds(), site);
        Oracle.check(site, alone[0], feed, clicks);
        Oracle.check(site, both[0], feed, clicks);
        Timed limit = medians.get("hand-written loop");
        Timed speed = medians.get("speed layer");
        Timed together = medians.get("archive and speed");
        return List.of(
                Figure.rate(1, "hand-written loop, all rollups", limit, "clicks/s"),
                Figure.rate(1, "speed layer, all rollups", speed, "clicks/s"),
                Figure.of(1, "speed layer, of the loop", 100 * speed.rate() / limit.rate(), "%")
                        .towards(40, 60, 80),
                Figure.rate(3, "archive and speed together", together, "clicks/s"),
                Figure.of(3, "archive and speed, of speed alone", 100 * together.rate() / speed.rate(), "%")
                        .towards(50, 65, 80));
    }
}
