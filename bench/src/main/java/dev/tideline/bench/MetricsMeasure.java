package dev.tideline.bench;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.serving.Views;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** The speed layer with the shipped metrics feed. */
final class MetricsMeasure implements Measure {
    private static final int WARM = 4;

    @Override
    public int row() {
        return 5;
    }

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        Feed feed = Streams.feed("/feeds/metrics.yaml");
        long count = site.size().samples();
        Path file = site.send(feed, new Samples(site.size().series(), site.start()), count);
        Lake[] lake = new Lake[1];
        Map<String, Timed> medians = new Rounds()
                .with("speed layer, metrics", Rounds.warmed(WARM, round -> {
                    lake[0] = site.lake();
                    return Streams.readAll(site, lake[0], feed, count, Stream.SPEED);
                }))
                .run(site.size().rounds(), site);
        check(site, lake[0], file);
        Timed speed = medians.get("speed layer, metrics");
        return List.of(
                Figure.rate(5, "speed layer, %,d series".formatted(site.size().series()), speed, "samples/s"),
                Figure.of(5, "metric samples, for each core", speed.rate() / Site.CORES, "samples/s")
                        .towards(100_000, 250_000, 400_000));
    }

    private static void check(Site site, Lake lake, Path file) throws SQLException {
        Views.register(site.spark(), lake.root());
        Path found = site.dir().resolve("found").resolve("metrics_1m");
        site.spark()
                .sql(
                        "SELECT metric, labels['host'] AS host, unix_millis(window_start) AS window_ms, samples, min, max, "
                                + "last, sum FROM metrics_1m")
                .write()
                .mode("overwrite")
                .parquet(found.toString());
        try (Duck duck = Duck.open()) {
            duck.run("CREATE TABLE sent (metric VARCHAR, host VARCHAR, ms BIGINT, value DOUBLE)");
            duck.run("COPY sent FROM '" + file + "' (HEADER false)");
            duck.run("CREATE VIEW expected AS SELECT metric, host, ms - ms % 60000 AS window_ms, count(*) AS samples, "
                    + "min(value) AS min, max(value) AS max, arg_max(value, ms) AS last, sum(value) AS sum "
                    + "FROM sent GROUP BY ALL");
            double different = duck.number("SELECT count(*) FROM expected e FULL JOIN read_parquet('" + found
                    + "/*.parquet') f USING (metric, host, window_ms) WHERE e.samples IS DISTINCT FROM f.samples "
                    + "OR e.min IS DISTINCT FROM f.min OR e.max IS DISTINCT FROM f.max "
                    + "OR e.last IS DISTINCT FROM f.last OR abs(e.sum - f.sum) > 1e-9 * abs(e.sum)");
            if (different > 0) {
                throw new IllegalStateException(
                        "metrics_1m: %,.0f rows differ from what was sent".formatted(different));
            }
        }
    }
}
