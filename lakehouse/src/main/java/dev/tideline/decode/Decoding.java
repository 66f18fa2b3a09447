package dev.tideline.decode;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tideline.decode.format.Decoder;
import dev.tideline.decode.format.HashKey;
import dev.tideline.decode.format.Reason;
import dev.tideline.feed.Feed;
import dev.tideline.rollup.Grain;
import dev.tideline.spark.MethodCall;
import dev.tideline.spark.Total;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * From Kafka records to events, the same for every stream and every replay. Whatever needs "now" is compared with the
 * record's own Kafka timestamp.
 */
public final class Decoding {
    /** A record with the columns of Spark's Kafka source, headers included, and its topic's id. */
    public static final StructType RECORD = StructType.fromDDL("""
            key BINARY, value BINARY, topic STRING, topic_id STRING, partition INT, offset BIGINT, timestamp TIMESTAMP,
            headers ARRAY<STRUCT<key: STRING, value: BINARY>>""");

    /** Where a record stood in Kafka, and what it was: the columns beside an event's own. */
    public static final List<String> COORDINATES =
            List.of("kafka_topic", "kafka_topic_id", "kafka_partition", "kafka_offset", "kafka_timestamp");

    /** No column of a feed has such a name. */
    private static final String DECODED = "_decoded";

    private Decoding() {}

    /**
     * Records with the columns of {@link #RECORD} to one row a record:
     * {@code reason} and {@code detail} (NULL for an accepted event), the feed's columns, {@code event_time},
     * {@code event_date} (UTC), {@link #COORDINATES}, {@code kafka_key}, {@code kafka_headers} and {@code payload}: NULL where
     * the columns say all that the record does. Of a feed with hidden fields these three are NULL, but for the hash of a refused
     * record.
     *
     * @throws dev.tideline.protocol.CannotException when the environment lacks the key of the fields to be hashed
     */
    public static Dataset<Row> decode(Dataset<Row> records, Feed feed) {
        List<Column> columns = new ArrayList<>(List.of(col("reason"), col("detail")));
        fields(feed).map(Decoding::quoted).forEach(columns::add);
        columns.add(quoted(feed.time()).as("event_time"));
        columns.add(Grain.date(quoted(feed.time())).as("event_date"));
        Stream.concat(COORDINATES.stream(), Stream.of("kafka_key", "kafka_headers"))
                .forEach(name -> columns.add(col(name)));
        columns.add(payload(feed).as("payload"));
        return records.select(
                        decoded(col("value"), Decoders.of(feed)).as(DECODED),
                        col("topic").as("kafka_topic"),
                        col("topic_id").as("kafka_topic_id"),
                        col("partition").as("kafka_partition"),
                        col("offset").as("kafka_offset"),
                        col("timestamp").as("kafka_timestamp"),
                        stored("key", feed).as("kafka_key"),
                        stored("headers", feed).as("kafka_headers"),
                        col("value").as("payload"))
                .select(col(DECODED + ".*"), col("*"))
                .drop(DECODED)
                .transform(rows -> refuse(rows, feed))
                .select(columns.toArray(Column[]::new));
    }

    /** The accepted events of decoded rows: the feed's columns, {@code event_time}, {@code event_date} and coordinates. */
    public static Dataset<Row> accepted(Dataset<Row> decoded, Feed feed) {
        return decoded.where(col("reason").isNull()).select(eventColumns(feed));
    }

    /** The columns of an event as both layers aggregate it. */
    public static Column[] eventColumns(Feed feed) {
        return Stream.of(fields(feed), Stream.of("event_time", "event_date"), COORDINATES.stream())
                .flatMap(names -> names)
                .map(Decoding::quoted)
                .toArray(Column[]::new);
    }

    /** The same, with their types. */
    public static StructType events(Feed feed) {
        StructType columns =
                feed.schema().add("event_time", DataTypes.TimestampType).add("event_date", DataTypes.DateType);
        for (String coordinate : COORDINATES) {
            columns = columns.add(
                    coordinate,
                    switch (coordinate) {
                        case "kafka_partition" -> DataTypes.IntegerType;
                        case "kafka_offset" -> DataTypes.LongType;
                        case "kafka_timestamp" -> DataTypes.TimestampType;
                        default -> DataTypes.StringType;
                    });
        }
        return columns;
    }

    private static Dataset<Row> refuse(Dataset<Row> rows, Feed feed) {
        Column time = quoted(feed.time());
        Column at = col("kafka_timestamp");
        // In microseconds: Spark's intervals would go through a calendar for each record.
        Column age = unix_micros(at).minus(unix_micros(time));
        Column late = age.gt(micros(feed.accept().late()));
        Column early = age.lt(-micros(feed.accept().future()));
        Column reason = when(col("reason").isNotNull(), col("reason"));
        Column detail = when(col("reason").isNotNull(), col("detail"));
        for (String column : feed.nullableId()) {
            reason = reason.when(quoted(column).isNull(), lit(Reason.MISSING_FIELD.text()));
            detail = detail.when(quoted(column).isNull(), lit(column));
        }
        reason = reason.when(at.isNull(), lit(Reason.KAFKA_TIMESTAMP.text()));
        detail = detail.when(at.isNull(), lit("before the year -290308 or after 294247"));
        reason = reason.when(late, lit(Reason.TOO_LATE.text())).when(early, lit(Reason.FROM_FUTURE.text()));
        detail = detail.when(
                late.or(early),
                concat(lit(feed.time() + " "), time.cast("string"), lit(", Kafka timestamp "), at.cast("string")));
        for (String condition : feed.require()) {
            Column fails = coalesce(Total.column("not (" + condition + ")"), lit(false));
            reason = reason.when(fails, lit(Reason.REQUIREMENT.text()));
            detail = detail.when(fails, lit(condition));
        }
        return rows.withColumns(java.util.Map.of("reason", reason, "detail", detail));
    }

    private static long micros(Duration duration) {
        return duration.toMillis() * 1000;
    }

    /**
     * Whatever the columns do not say; of a feed with hidden fields nothing, since it may hold one of them. A refused record is known
     * by its hash there.
     */
    private static Column payload(Feed feed) {
        if (!feed.protection().hides()) {
            return when(col("reason").isNotNull().or(col(Decoder.MORE)), col("payload"));
        }
        return HashKey.of(feed)
                .map(key -> when(
                        col("reason").isNotNull(),
                        MethodCall.function(key, HashKey.class, "digest", DataTypes.BinaryType, col("payload"))))
                .orElse(lit(null).cast(DataTypes.BinaryType));
    }

    private static Column stored(String column, Feed feed) {
        return feed.protection().hides() ? lit(null).cast(RECORD.apply(column).dataType()) : col(column);
    }

    private static Column decoded(Column payload, Decoder decoder) {
        return MethodCall.once(decoder, decoder.getClass(), "decode", decoder.resultType(), payload);
    }

    private static Stream<String> fields(Feed feed) {
        return Arrays.stream(feed.schema().fieldNames());
    }

    private static Column quoted(String name) {
        return col("`" + name + "`");
    }
}
