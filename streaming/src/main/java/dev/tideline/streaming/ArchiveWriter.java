package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.table.KeptRows;
import dev.tideline.table.Lake;
import dev.tideline.table.Tag;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Every record into {@code raw} or {@code rejected}, with its Kafka coordinates and whatever its columns do not say of it. */
final class ArchiveWriter implements BatchWriter {

    private final Lake lake;
    private final Feed feed;

    ArchiveWriter(Lake lake, Feed feed) {
        this.lake = lake;
        this.feed = feed;
    }

    @Override
    public Map<String, Long> write(Dataset<Row> decoded, long seq, String run) {
        try (KeptRows kept = KeptRows.of(decoded)) {
            Row counts = kept.rows().selectExpr("count(*)", "count(reason)").head();
            Dataset<Row> rows = kept.apart(counts.getLong(0));
            long accepted = lake.raw(feed).append(tagged(raw(rows, feed), seq, run));
            Dataset<Row> refused = rows.where(col("reason").isNotNull());
            long rejected =
                    counts.getLong(1) == 0 ? 0 : lake.rejected().append(tagged(rejected(refused, feed), seq, run));
            return Map.of("consumed", accepted + rejected, "accepted", accepted, "rejected", rejected);
        }
    }

    /** Accepted events with key, coordinates and, where it says more, payload: a row of {@code raw}. */
    static Dataset<Row> raw(Dataset<Row> decoded, Feed feed) {
        Column[] columns = Stream.concat(
                        Stream.of(Decoding.eventColumns(feed)), Stream.of(col("kafka_key"), col("payload")))
                .toArray(Column[]::new);
        return decoded.where(col("reason").isNull()).select(columns);
    }

    /** Refused records: a row of {@code rejected}. */
    static Dataset<Row> rejected(Dataset<Row> decoded, Feed feed) {
        Stream<Column> columns = Stream.of(
                lit(feed.name()).as("feed"),
                col("reason"),
                col("detail"),
                col("payload"),
                col("kafka_key"),
                col("kafka_headers"));
        return decoded.select(
                Stream.concat(columns, Decoding.COORDINATES.stream().map(name -> col(name)))
                        .toArray(Column[]::new));
    }

    private static Dataset<Row> tagged(Dataset<Row> rows, long seq, String run) {
        return rows.withColumn("seq", Tag.seq(seq)).withColumn("run", Tag.run(run));
    }
}
