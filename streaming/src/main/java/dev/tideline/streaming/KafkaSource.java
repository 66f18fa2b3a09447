package dev.tideline.streaming;

import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.Cut;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;

/** Spark's Kafka source, from given offsets; read committed only, and loud about lost offsets. */
final class KafkaSource {
    /** Micro-batches read offsets that are there: whatever a broker waits for more, up to 500 ms else, is lost. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "isolation.level", "read_committed",
            "fetch.max.wait.ms", "10",
            "max.poll.records", "10000",
            "max.partition.fetch.bytes", "4194304");

    private KafkaSource() {}

    /** Records with their headers where the {@code stream} keeps them; else NULL stands there, which is cheaper to read. */
    static Dataset<Row> stream(SparkSession spark, Topic topic, Cut start, Stream stream, StreamOptions options) {
        boolean headers = stream == Stream.ARCHIVE;
        DataStreamReader reader = spark.readStream().format("kafka");
        DEFAULTS.forEach((key, value) -> reader.option("kafka." + key, value));
        options.kafka().forEach((key, value) -> reader.option("kafka." + key, value));
        Dataset<Row> records = reader.option("subscribe", topic.name())
                .option("startingOffsets", json(topic.name(), start))
                .option("maxOffsetsPerTrigger", options.maxOffsets())
                .option("failOnDataLoss", "true")
                .option("includeHeaders", headers)
                .load();
        return headers
                ? records
                : records.withColumn(
                        "headers",
                        lit(null).cast(Decoding.RECORD.apply("headers").dataType()));
    }

    private static String json(String topic, Cut start) {
        Map<Integer, Long> offsets = start.offsets().entrySet().stream()
                .collect(Collectors.toMap(e -> e.getKey().partition(), Map.Entry::getValue));
        return offsets.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                .collect(Collectors.joining(",", "{\"" + topic + "\":{", "}}"));
    }
}
