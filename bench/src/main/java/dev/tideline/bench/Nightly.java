package dev.tideline.bench;

import dev.tideline.lake.Lake;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What one would write by hand for the nightly job, in SQL: the first of each event id, three rollups, minutes, and hours from
 * the minutes. It publishes nothing and audits nothing. Sketches of users are HLL in Spark; DuckDB, which cannot keep one,
 * counts the distinct users of minutes and of hours.
 */
final class Nightly {
    private static final String DISTINCT = """
            SELECT ad_id, campaign_id, country, device, user_id, cost_micros, %s AS window_start
            FROM (SELECT *, row_number() OVER (PARTITION BY event_id
                ORDER BY kafka_timestamp, kafka_topic, kafka_topic_id, kafka_partition, kafka_offset) AS place FROM raw)
            WHERE place = 1 AND is_valid""";

    /** A rollup: its keys, and its measure over events and over minutes, in both dialects. */
    private record Part(String view, String keys, String measure, String merged, String sketch, String union) {
        static Part cost(String view, String keys) {
            String sum = "sum(cost_micros) AS cost_micros";
            return new Part(view, keys, sum, sum, sum, sum);
        }

        static Part users(String view, String keys) {
            return new Part(
                    view,
                    keys,
                    "count(DISTINCT user_id) AS users",
                    "",
                    "hll_sketch_agg(user_id) AS users",
                    "hll_union_agg(users) AS users");
        }
    }

    private static final List<Part> PARTS = List.of(
            Part.cost("clicks_by_ad", "ad_id, campaign_id"),
            Part.cost("clicks_by_ad_country", "ad_id, country"),
            Part.users("clicks_by_segment", "campaign_id, country, device"));

    private final List<String> files;
    private final Path out;

    /**
     * @param files of the day's raw events, Parquet
     */
    Nightly(List<String> files, Path out) {
        this.files = files;
        this.out = out;
    }

    /** By DuckDB; returns how many events it read. */
    long duck() throws Exception {
        Files.createDirectories(out);
        try (Duck duck = Duck.open()) {
            duck.run("CREATE VIEW raw AS SELECT * FROM read_parquet(["
                    + files.stream().map(file -> "'" + file + "'").collect(Collectors.joining(", ")) + "])");
            duck.run("CREATE TEMP TABLE winners AS " + DISTINCT.formatted("date_trunc('minute', clicked_at)"));
            for (Part part : PARTS) {
                String minutes = file("duck", part, "1m");
                duck.run("COPY (SELECT " + part.keys + ", window_start, count(*) AS clicks, " + part.measure
                        + " FROM winners GROUP BY ALL) TO '" + minutes + "' (FORMAT parquet, COMPRESSION zstd)");
                String hours = part.merged.isEmpty()
                        ? "count(*) AS clicks, " + part.measure + " FROM winners"
                        : "sum(clicks) AS clicks, " + part.merged + " FROM '" + minutes + "'";
                duck.run("COPY (SELECT " + part.keys + ", date_trunc('hour', window_start) AS hour_start, " + hours
                        + " GROUP BY ALL) TO '" + file("duck", part, "1h") + "' (FORMAT parquet, COMPRESSION zstd)");
            }
            return (long) duck.number("SELECT count(*) FROM raw");
        }
    }

    private String file(String by, Part part, String grain) {
        return out.resolve(by + "-" + part.view + "_" + grain + ".parquet").toString();
    }

    /** By a plain Spark job; returns how many events it read. */
    long spark(SparkSession spark) {
        Dataset<Row> raw = spark.read().parquet(files.toArray(new String[0]));
        raw.createOrReplaceTempView("raw");
        Dataset<Row> winners = spark.sql(DISTINCT.formatted("date_trunc('minute', clicked_at)"));
        winners.persist();
        try {
            winners.createOrReplaceTempView("winners");
            for (Part part : PARTS) {
                String minutes = file("spark", part, "1m");
                write(
                        spark.sql("SELECT " + part.keys + ", window_start, count(*) AS clicks, " + part.sketch
                                + " FROM winners GROUP BY " + part.keys + ", window_start"),
                        minutes);
                write(
                        spark.sql("SELECT " + part.keys + ", date_trunc('hour', window_start) AS hour_start, "
                                + "sum(clicks) AS clicks, " + part.union + " FROM parquet.`" + minutes + "` GROUP BY "
                                + part.keys + ", hour_start"),
                        file("spark", part, "1h"));
            }
            return raw.count();
        } finally {
            winners.unpersist();
        }
    }

    private static void write(Dataset<Row> rows, String file) {
        rows.write().mode("overwrite").parquet(file);
    }

    /** That all three counted as many clicks of {@code day} in each rollup and grain. */
    void requireEqual(Lake lake, LocalDate day) throws SQLException {
        try (Duck duck = Duck.open()) {
            for (Part part : PARTS) {
                for (String grain : List.of("1m", "1h")) {
                    long ours = lake.spark()
                            .sql("SELECT sum(clicks) FROM %s_%s WHERE event_date = DATE'%s'"
                                    .formatted(part.view, grain, day))
                            .head()
                            .getLong(0);
                    String sum = "SELECT sum(clicks) FROM '%s'";
                    long theirs = (long) duck.number(sum.formatted(file("duck", part, grain)));
                    long plain = (long) duck.number(sum.formatted(file("spark", part, grain) + "/*.parquet"));
                    if (ours != theirs || ours != plain) {
                        throw new IllegalStateException("%s_%s: %,d clicks by recompute, %,d by DuckDB, %,d by Spark"
                                .formatted(part.view, grain, ours, theirs, plain));
                    }
                }
            }
        }
    }
}
