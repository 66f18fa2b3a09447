package dev.tideline.decode;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.feed.Feed;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What the archive keeps of decoded records, as {@link Decoding#decode} gives them. */
public final class ArchiveRows {
    private ArchiveRows() {}

    /** Accepted events with key, coordinates and payload (NULL where the columns hold all of it): a row of {@code raw} each. */
    public static Dataset<Row> accepted(Dataset<Row> decoded, Feed feed) {
        Column[] columns = Stream.concat(
                        Stream.of(Decoding.eventColumns(feed)), Stream.of(col("kafka_key"), col("payload")))
                .toArray(Column[]::new);
        return decoded.where(col("reason").isNull()).select(columns);
    }

    /** Refused records with their reason, payload and coordinates: a row of {@code rejected} each. */
    public static Dataset<Row> rejected(Dataset<Row> decoded, Feed feed) {
        Stream<Column> columns = Stream.of(
                lit(feed.name()).as("feed"),
                col("reason"),
                col("detail"),
                col("payload"),
                col("kafka_key"),
                col("kafka_headers"));
        return decoded.where(col("reason").isNotNull())
                .select(Stream.concat(columns, Decoding.COORDINATES.stream().map(name -> col(name)))
                        .toArray(Column[]::new));
    }
}
