package dev.tideline.decode;

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
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

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

    /** Where an event stood in Kafka. */
    public static final List<String> PLACE = List.of("kafka_topic_id", "kafka_partition", "kafka_offset");

    private Duplicates() {}

    /** A 64-bit hash of what makes two events duplicates: BIGINT. */
    public static Column hash(Feed feed) {
        return expr("xxhash64(event_date, "
                + String.join(
                        ", ",
                        feed.id().stream()
                                .flatMap(name -> comparable(feed, name))
                                .toList())
                + ")");
    }

    /**
     * The events that another one wins over, by {@link #PLACE}.
     *
     * @param contested events, all of a kind or none
     */
    public static Dataset<Row> losers(Dataset<Row> contested, Feed feed) {
        return contested
                .withColumn(
                        "_place", row_number().over(Window.partitionBy(id(feed)).orderBy(FIRST)))
                .where("_place > 1")
                .select(PLACE.stream().map(name -> col(name)).toArray(Column[]::new));
    }

    /**
     * The same among any number of events, few of which are contested.
     *
     * @param suspects the {@link #hash hashes} that stand more than once among the events, in one column; broadcast where they are
     *     few
     */
    public static Dataset<Row> losersAmong(Dataset<Row> events, Dataset<Row> suspects, Feed feed) {
        Dataset<Row> hashed = events.withColumn("_id_hash", hash(feed));
        return losers(hashed.join(suspects.toDF("_id_hash"), using(List.of("_id_hash")), "left_semi"), feed);
    }

    /** The events that are not {@code losers}. */
    public static Dataset<Row> without(Dataset<Row> losers, Dataset<Row> events) {
        return events.join(losers, using(PLACE), "left_anti");
    }

    private static Seq<String> using(List<String> columns) {
        return CollectionConverters.asScala(columns).toSeq();
    }

    private static Column[] id(Feed feed) {
        return Stream.concat(Stream.of("event_date"), feed.id().stream().flatMap(name -> comparable(feed, name)))
                .map(e -> expr(e))
                .toArray(Column[]::new);
    }

    /** Maps are compared as the sorted keys that decoding made of them, and their values. */
    private static Stream<String> comparable(Feed feed, String name) {
        return feed.schema().apply(name).dataType() instanceof MapType
                ? Stream.of("map_keys(`" + name + "`)", "map_values(`" + name + "`)")
                : Stream.of("`" + name + "`");
    }
}
