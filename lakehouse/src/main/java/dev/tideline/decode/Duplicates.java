package dev.tideline.decode;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.row_number;

import dev.tideline.feed.Feed;
import java.util.List;
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

    /** Hashes ({@code id_hash BIGINT}) that more than one of these events has. */
    public static Dataset<Row> suspects(Dataset<Row> events, Feed feed) {
        return events.select(hash(feed).as("id_hash")).groupBy("id_hash").count().where("count > 1").select("id_hash");
    }

    /** The winners among events that may contain duplicates. Reads {@code events} three times: persist what is costly. */
    public static Dataset<Row> winners(Dataset<Row> events, Feed feed) {
        return winners(events, suspects(events, feed), feed);
    }

    /** The winners, given the {@link #suspects}. */
    public static Dataset<Row> winners(Dataset<Row> events, Dataset<Row> suspects, Feed feed) {
        Dataset<Row> hashed = events.withColumn("id_hash", hash(feed));
        Dataset<Row> few = broadcast(suspects);
        Dataset<Row> alone = hashed.join(few, hashed.col("id_hash").equalTo(few.col("id_hash")), "left_anti");
        Dataset<Row> contested = hashed.join(few, hashed.col("id_hash").equalTo(few.col("id_hash")), "left_semi")
                .withColumn("place", row_number().over(Window.partitionBy(id(feed)).orderBy(FIRST)))
                .where("place = 1")
                .drop("place");
        return alone.unionByName(contested).drop("id_hash");
    }

    private static Column[] id(Feed feed) {
        return Stream.concat(Stream.of("event_date"), feed.id().stream().map(name -> comparable(feed, name)))
                .map(e -> expr(e))
                .toArray(Column[]::new);
    }

    private static Column hash(Feed feed) {
        return expr("xxhash64(event_date, "
                + String.join(", ", feed.id().stream().map(name -> comparable(feed, name)).toList()) + ")");
    }

    /** Maps are compared as the sorted list of entries that decoding made of them. */
    private static String comparable(Feed feed, String name) {
        return feed.schema().apply(name).dataType() instanceof MapType ? "map_entries(`" + name + "`)" : "`" + name + "`";
    }
}
