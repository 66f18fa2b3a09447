package dev.tideline.bench;

import dev.tideline.embedded.ClickRollup;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.serving.Views;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/**
 * What the views of a lake must answer, worked out by DuckDB from what was sent and where the speed layer cut it: the winners
 * below each day's horizon, and those of each later micro-batch. No payload is read and no code of the product asked, except
 * for its cuts and horizons.
 */
final class Oracle {
    /** Sketches of few users are exact; of many, within this share in nearly all rows. */
    private static final double SKETCH_ERROR = 0.05;

    private Oracle() {}

    /**
     * Compares every row of every rollup and grain; where it must be quick, of one rollup's minutes, once all minutes were right.
     *
     * @throws IllegalStateException when one differs
     */
    static void check(Site site, Lake lake, Feed feed, SentClicks sent) throws SQLException {
        Views.register(lake.spark(), lake.root());
        try (Duck duck = Duck.open()) {
            winners(duck, lake, feed, sent);
            boolean quick = site.size().quick();
            List<Rollup> rollups = quick && site.checked() ? feed.rollups().subList(0, 1) : feed.rollups();
            for (Rollup rollup : rollups) {
                for (Grain grain : quick ? List.of(Grain.MINUTE) : List.of(Grain.values())) {
                    compare(duck, site, ClickRollup.valueOf(rollup.name().toUpperCase(Locale.ROOT)), grain);
                }
            }
            if (rollups.size() > 1) {
                site.checkedAll();
            }
        }
    }

    private static void winners(Duck duck, Lake lake, Feed feed, SentClicks sent) throws SQLException {
        duck.run("CREATE TABLE sent (" + SentFile.COLUMNS + ")");
        duck.run("COPY sent FROM '" + sent.file() + "' (HEADER false)");
        duck.run("CREATE TABLE cuts (seq BIGINT, kafka_partition INTEGER, first BIGINT, beyond BIGINT)");
        for (Progress record : lake.progress(feed, Stream.SPEED).between(1, Long.MAX_VALUE)) {
            record.cut()
                    .offsets()
                    .forEach((partition, beyond) -> insert(
                            duck,
                            "INSERT INTO cuts VALUES (%d, %d, %d, %d)"
                                    .formatted(
                                            record.seq(),
                                            partition.partition(),
                                            record.from().offsets().get(partition),
                                            beyond)));
        }
        duck.run("CREATE TABLE horizons (event_date DATE, horizon BIGINT)");
        lake.days()
                .days(feed.name())
                .forEach((date, day) -> day.horizon()
                        .map(Horizon::seq)
                        .ifPresent(seq -> insert(duck, "INSERT INTO horizons VALUES ('%s', %d)".formatted(date, seq))));
        duck.run("""
                CREATE TABLE winners AS
                WITH batched AS (
                  SELECT sent.*, seq, CAST(make_timestamp(event_ms * 1000) AS DATE) AS event_date
                  FROM sent JOIN cuts USING (kafka_partition) WHERE kafka_offset >= first AND kafka_offset < beyond),
                settled AS (
                  SELECT *, CASE WHEN seq <= coalesce(horizon, 0) THEN 0 ELSE seq END AS part
                  FROM batched LEFT JOIN horizons USING (event_date))
                SELECT * FROM settled
                QUALIFY row_number() OVER (
                  PARTITION BY part, event, event_date ORDER BY kafka_ms, kafka_partition, kafka_offset) = 1""");
        duck.run("DROP TABLE sent");
    }

    private static void insert(Duck duck, String sql) {
        try {
            duck.run(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void compare(Duck duck, Site site, ClickRollup rollup, Grain grain) throws SQLException {
        String view = rollup.name().toLowerCase(Locale.ROOT) + "_" + grain.suffix();
        String keys = String.join(", ", rollup.dimensions());
        Path found = site.dir().resolve("found").resolve(view);
        site.spark()
                .sql("SELECT unix_millis(window_start) AS window_ms, " + keys + ", clicks, " + rollup.measure()
                        + " AS value FROM " + view)
                .write()
                .mode("overwrite")
                .parquet(found.toString());
        String value = rollup == ClickRollup.CLICKS_BY_SEGMENT ? "count(DISTINCT nullif(user, 0))" : "sum(cost_micros)";
        long millis = grain == Grain.MINUTE ? 60_000 : 3_600_000;
        duck.run(
                "CREATE OR REPLACE VIEW expected AS SELECT event_ms - event_ms %% %d AS window_ms, %s, count(*) AS clicks, "
                                .formatted(millis, keys)
                        + "CAST(" + value + " AS BIGINT) AS value FROM winners WHERE is_valid GROUP BY ALL");
        duck.run("CREATE OR REPLACE VIEW found AS SELECT * FROM read_parquet('" + found + "/*.parquet')");
        String exact = rollup == ClickRollup.CLICKS_BY_SEGMENT ? "* EXCLUDE (value)" : "*";
        double different = duck.number(differences(exact));
        if (rollup == ClickRollup.CLICKS_BY_SEGMENT) {
            different += duck.number("SELECT count(*) FROM expected e JOIN found f ON e.window_ms = f.window_ms "
                    + "AND e.campaign_id = f.campaign_id AND e.country IS NOT DISTINCT FROM f.country "
                    + "AND e.device = f.device WHERE abs(e.value - f.value) > 1 + " + SKETCH_ERROR + " * e.value");
        }
        if (different > 0) {
            throw new IllegalStateException("%s: %,.0f rows differ from what was sent".formatted(view, different));
        }
    }

    /** Rows that stand more often on one side. */
    private static String differences(String columns) {
        return ("SELECT count(*) FROM (SELECT * EXCLUDE (n) FROM (SELECT %1$s, 1 AS n FROM expected UNION ALL BY NAME "
                        + "SELECT %1$s, -1 AS n FROM found) GROUP BY ALL HAVING sum(n) <> 0)")
                .formatted(columns);
    }
}
