package dev.tideline.laws;

import dev.tideline.decode.Decoding;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.streaming.MicroBatch;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** A topic of two partitions without a broker; a range of it is a frame with the columns of Spark's Kafka source. */
final class FakeTopic {
    static final String ID = "topic-id-1";
    private static final int PARTITIONS = 2;

    private final String name;
    private final List<List<Event>> log = new ArrayList<>();

    FakeTopic(String name) {
        this.name = name;
        for (int p = 0; p < PARTITIONS; p++) {
            log.add(new ArrayList<>());
        }
    }

    void send(int partition, Instant timestamp, String payload, Sample sample) {
        List<Event> partitionLog = log.get(partition);
        partitionLog.add(new Event(partition, partitionLog.size(), timestamp, payload, sample));
    }

    /** All that was sent between two cuts. */
    List<Event> between(Cut from, Cut to) {
        List<Event> events = new ArrayList<>();
        for (int p = 0; p < PARTITIONS; p++) {
            events.addAll(log.get(p).subList(offset(from, p), offset(to, p)));
        }
        return events;
    }

    Dataset<Row> frame(SparkSession spark, Cut from, Cut to) {
        List<Row> rows = between(from, to).stream()
                .map(e -> RowFactory.create(
                        null,
                        e.payload().getBytes(StandardCharsets.UTF_8),
                        name,
                        ID,
                        e.partition(),
                        e.offset(),
                        Timestamp.from(e.timestamp()),
                        null))
                .toList();
        return spark.createDataFrame(rows, Decoding.RECORD);
    }

    /** One micro-batch of all that {@code driver} has not read; returns the cut that it recorded. */
    Cut drain(SparkSession spark, MicroBatch driver) {
        Cut from = driver.last().cut().orElse(beginning());
        driver.record(from, end(), driver.write(frame(spark, from, end())));
        return end();
    }

    Cut end() {
        return cut(log.get(0).size(), log.get(1).size());
    }

    Cut beginning() {
        return cut(0, 0);
    }

    /** A cut at or after {@code from}, often the end. */
    Cut someCutAfter(Cut from, Random random) {
        if (random.nextInt(3) == 0) {
            return end();
        }
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        for (int p = 0; p < PARTITIONS; p++) {
            int at = offset(from, p);
            offsets.put(partition(p), (long) at + random.nextInt(log.get(p).size() - at + 1));
        }
        return new Cut(offsets);
    }

    static int offset(Cut cut, int partition) {
        return cut.offsets().entrySet().stream()
                .filter(e -> e.getKey().partition() == partition)
                .mapToInt(e -> e.getValue().intValue())
                .findFirst()
                .orElse(0);
    }

    private Cut cut(long first, long second) {
        return new Cut(Map.of(partition(0), first, partition(1), second));
    }

    private SourcePartition partition(int p) {
        return new SourcePartition(name, ID, p);
    }
}
