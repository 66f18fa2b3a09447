package dev.tideline.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.timestamp_micros;

import dev.tideline.decode.Decoding;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.Cut;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A range of a topic by a plain consumer in each task: what Spark's own source cannot read, as it fails at a record whose Kafka
 * timestamp is beyond what Spark's timestamps hold. Here such a record has none.
 */
final class ConsumedRecords implements Iterator<Row> {
    private static final StructType COLUMNS = StructType.fromDDL("""
            key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, kafka_ms BIGINT,
            headers ARRAY<STRUCT<key: STRING, value: BINARY>>""");
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final long SILENT_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long MAX_MILLIS = Long.MAX_VALUE / 1000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final long end;
    private final Deque<ConsumerRecord<byte[], byte[]>> polled = new ArrayDeque<>();

    private ConsumedRecords(Map<String, Object> settings, Range range) {
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.partition = new TopicPartition(range.topic(), range.partition());
        this.end = range.end();
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> consumer.close(Duration.ZERO));
        consumer.assign(List.of(partition));
        consumer.seek(partition, range.begin());
    }

    private record Range(String topic, int partition, long begin, long end) implements Serializable {}

    /** The records between two cuts of a topic, with the columns of {@link Decoding#RECORD} but for its topic's id. */
    static Dataset<Row> between(SparkSession spark, Topic topic, Cut from, Cut to, Map<String, String> settings) {
        List<Range> ranges = to.offsets().entrySet().stream()
                .map(e -> new Range(
                        topic.name(),
                        e.getKey().partition(),
                        from.offsets().getOrDefault(e.getKey(), 0L),
                        e.getValue()))
                .filter(range -> range.begin() < range.end())
                .toList();
        HashMap<String, Object> plain = new HashMap<>(settings);
        plain.put("auto.offset.reset", "none");
        plain.put("enable.auto.commit", "false");
        JavaRDD<Row> rows = new JavaSparkContext(spark.sparkContext())
                .parallelize(ranges, Math.max(1, ranges.size()))
                .mapPartitions(tasks -> {
                    Range range = tasks.hasNext() ? tasks.next() : null;
                    return range == null ? List.<Row>of().iterator() : new ConsumedRecords(plain, range);
                });
        return spark.createDataFrame(rows, COLUMNS)
                .withColumn("timestamp", timestamp_micros(col("kafka_ms").multiply(1000)))
                .drop("kafka_ms");
    }

    @Override
    public boolean hasNext() {
        long silentSince = System.nanoTime();
        while (polled.isEmpty() && consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                if (record.offset() < end) {
                    polled.add(record);
                }
            }
            if (System.nanoTime() - silentSince > SILENT_NANOS) {
                throw new IllegalStateException("Kafka gave no record of " + partition + " for two minutes");
            }
        }
        return !polled.isEmpty();
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ConsumerRecord<byte[], byte[]> record = polled.remove();
        Row[] headers = StreamSupport.stream(record.headers().spliterator(), false)
                .map(header -> RowFactory.create(header.key(), header.value()))
                .toArray(Row[]::new);
        boolean held = Math.abs(record.timestamp()) <= MAX_MILLIS && record.timestamp() != Long.MIN_VALUE;
        return RowFactory.create(
                record.key(),
                record.value(),
                record.topic(),
                record.partition(),
                record.offset(),
                held ? record.timestamp() : null,
                headers.length == 0 ? null : headers);
    }
}
