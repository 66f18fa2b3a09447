package dev.tideline.bench;

import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.table.LakeTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** What is stored, in bytes for each event and each row of a rollup. */
final class BytesMeasure implements Measure {
    @Override
    public int row() {
        return 9;
    }

    @Override
    public String name() {
        return "bytes";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed clicks = Streams.feed("/feeds/clicks.yaml");
        SentClicks sent = site.clicks();
        Lake lake = site.lake();
        Streams.readAll(site, lake, clicks, sent.count(), Stream.SPEED, Stream.ARCHIVE);
        Recompute.run(lake, clicks, site.day(), Instant.now());
        Oracle.check(site, lake, clicks, sent);
        Rollup byAd = clicks.rollups().get(0);
        Feed metrics = Streams.feed("/feeds/metrics.yaml", "archived-metrics");
        Samples samples = new Samples(site.size().series(), site.start());
        long count = site.size().samples();
        site.send(metrics, samples, count);
        Streams.readAll(site, lake, metrics, count, Stream.ARCHIVE);
        return List.of(
                Figure.of(9, "a click in raw", bytesPerRow(lake.raw(clicks)), "bytes")
                        .towards(100, 60, 40),
                Figure.of(
                                9,
                                "a sample in raw, %,d series of %s".formatted(samples.series(), "metrics_1m"),
                                bytesPerRow(lake.raw(metrics)),
                                "bytes")
                        .towards(40, 12, 3),
                Figure.of(9, "the same by Gorilla's encoding", gorilla(samples, count / samples.series()), "bytes"),
                Figure.of(9, "a minute's row of " + byAd.name(), bytesPerRow(lake.batch(byAd, Grain.MINUTE)), "bytes")
                        .towards(30, 15, 6));
    }

    private static double bytesPerRow(LakeTable table) throws Exception {
        long bytes = 0;
        for (String file : Streams.files(table.read())) {
            bytes += Files.size(Path.of(file));
        }
        return (double) bytes / table.read().count();
    }

    private static double gorilla(Samples samples, long rounds) {
        double total = 0;
        for (int s = 0; s < samples.series(); s++) {
            Gorilla series = new Gorilla();
            for (long round = 0; round < rounds; round++) {
                series.add(samples.timeMs(round) / 1000, samples.value(s, round));
            }
            total += series.bytesPerSample();
        }
        return total / samples.series();
    }
}
