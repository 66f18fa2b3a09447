package dev.tideline.streaming;

import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.Cut;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Spark's Kafka source, from given offsets; read committed only, and loud about lost offsets. */
final class KafkaSource {
    static final String ISOLATION = "isolation.level";

    /** Micro-batches read offsets that are there: whatever a broker waits for more, up to 500 ms else, is lost. */
    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry(ISOLATION, Feed.READ_COMMITTED),
            Map.entry("fetch.max.wait.ms", "10"),
            Map.entry("max.poll.records", "10000"),
            Map.entry("max.partition.fetch.bytes", "4194304"));

    private KafkaSource() {}

    /** Which records a stream with these options reads. */
    static String isolation(StreamOptions options) {
        return options.kafka().getOrDefault(ISOLATION, DEFAULTS.get(ISOLATION));
    }

    /** Records with their headers where the {@code stream} keeps them; else NULL stands there, which is cheaper to read. */
    static Dataset<Row> stream(SparkSession spark, Topic topic, Cut start, Stream stream, StreamOptions options) {
        return forStream(
                stream,
                spark.readStream()
                        .format("kafka")
                        .options(from(topic, start, stream, options))
                        .option("subscribe", topic.name())
                        .option("maxOffsetsPerTrigger", options.maxOffsets())
                        .load());
    }

    /** The records between two cuts, of the partitions that {@code to} knows. */
    static Dataset<Row> between(
            SparkSession spark, Topic topic, Cut from, Cut to, Stream stream, StreamOptions options) {
        Cut begin = from.orElse(to.beginnings()).only(to);
        return forStream(
                stream,
                spark.read()
                        .format("kafka")
                        .options(from(topic, begin, stream, options))
                        .option("assign", assigned(topic.name(), to))
                        .option("endingOffsets", json(topic.name(), to))
                        .load());
    }

    /** The same, of which some have a Kafka timestamp that Spark cannot hold: they have none. */
    static Dataset<Row> consumed(
            SparkSession spark, Topic topic, Cut from, Cut to, Stream stream, StreamOptions options) {
        return forStream(stream, ConsumedRecords.between(spark, topic, from, to, settings(options)));
    }

    /** Options of Spark's source, whether it reads once or on and on. */
    private static Map<String, String> from(Topic topic, Cut start, Stream stream, StreamOptions options) {
        Map<String, String> source = new HashMap<>();
        settings(options).forEach((key, value) -> source.put("kafka." + key, value));
        source.put("startingOffsets", json(topic.name(), start));
        source.put("failOnDataLoss", "true");
        source.put("includeHeaders", Boolean.toString(keepsHeaders(stream)));
        return source;
    }

    private static boolean keepsHeaders(Stream stream) {
        return stream == Stream.ARCHIVE;
    }

    private static Map<String, String> settings(StreamOptions options) {
        Map<String, String> settings = new HashMap<>(DEFAULTS);
        settings.putAll(options.kafka());
        return settings;
    }

    private static Dataset<Row> forStream(Stream stream, Dataset<Row> records) {
        return keepsHeaders(stream)
                ? records
                : records.withColumn(
                        "headers",
                        lit(null).cast(Decoding.RECORD.apply("headers").dataType()));
    }

    private static String assigned(String topic, Cut partitions) {
        return partitions.offsets().keySet().stream()
                .map(p -> String.valueOf(p.partition()))
                .collect(Collectors.joining(",", "{\"" + topic + "\":[", "]}"));
    }

    private static String json(String topic, Cut start) {
        Map<Integer, Long> offsets = start.offsets().entrySet().stream()
                .collect(Collectors.toMap(e -> e.getKey().partition(), Map.Entry::getValue));
        return offsets.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                .collect(Collectors.joining(",", "{\"" + topic + "\":{", "}}"));
    }
}
