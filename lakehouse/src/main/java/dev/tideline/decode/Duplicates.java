package dev.tideline.decode;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.row_number;

import dev.tideline.feed.Feed;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.MapType;

/**
 * Two events are duplicates when they have the same id (the feed's {@code event.id}) and the same UTC event date; the one
 * with the least (Kafka timestamp, topic, topic id, partition, offset) wins.
 *
 * <p>Few events have duplicates, so only 64-bit hashes of ids are shuffled to find the suspects; those alone are compared by
 * their real ids, which keeps the answer exact whatever collides.
 */
public final class Duplicates {
    private static final Column[] FIRST = Stream.of(
                    "kafka_timestamp", "kafka_topic", "kafka_topic_id", "kafka_partition", "kafka_offset")
            .map(name -> col(name).asc())
            .toArray(Column[]::new);

    private Duplicates() {}

    /** A 64-bit hash of what makes two events duplicates: BIGINT. */
    public static Column hash(Feed feed) {
        return expr("xxhash64(event_date, "
                + String.join(
                        ", ",
                        feed.id().stream().map(name -> comparable(feed, name)).toList())
                + ")");
    }

    /** Hashes ({@code id_hash BIGINT}) that more than one of these events has. */
    public static Dataset<Row> suspects(Dataset<Row> events, Feed feed) {
        return events.select(hash(feed).as("id_hash"))
                .groupBy("id_hash")
                .count()
                .where("count > 1")
                .select("id_hash");
    }

    /** The winners among events that may contain duplicates, given the {@link #suspects}. */
    public static Dataset<Row> winners(Dataset<Row> events, Dataset<Row> suspects, Feed feed) {
        Dataset<Row> hashed = events.withColumn("id_hash", hash(feed));
        Dataset<Row> few = broadcast(suspects);
        Column same = hashed.col("id_hash").equalTo(few.col("id_hash"));
        return hashed.join(few, same, "left_anti")
                .unionByName(placed(hashed.join(few, same, "left_semi"), feed)
                        .where("place = 1")
                        .drop("place"))
                .drop("id_hash");
    }

    /** The events among {@code contested} that another one wins over. */
    public static Dataset<Row> losers(Dataset<Row> contested, Feed feed) {
        return placed(contested, feed).where("place > 1").drop("place");
    }

    private static Dataset<Row> placed(Dataset<Row> events, Feed feed) {
        return events.withColumn(
                "place", row_number().over(Window.partitionBy(id(feed)).orderBy(FIRST)));
    }

    private static Column[] id(Feed feed) {
        return Stream.concat(Stream.of("event_date"), feed.id().stream().map(name -> comparable(feed, name)))
                .map(e -> expr(e))
                .toArray(Column[]::new);
    }

    /** Maps are compared as the sorted list of entries that decoding made of them. */
    private static String comparable(Feed feed, String name) {
        return feed.schema().apply(name).dataType() instanceof MapType
                ? "map_entries(`" + name + "`)"
                : "`" + name + "`";
    }
}
