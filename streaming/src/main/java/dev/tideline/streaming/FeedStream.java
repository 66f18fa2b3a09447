package dev.tideline.streaming;

import static org.apache.spark.sql.functions.lit;

import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import dev.tideline.spark.ByteBudget;
import dev.tideline.spark.TooManyBytes;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of one stream: reads the last recorded cut, begins there with a fresh checkpoint on this driver's disk, which goes
 * with the process, and turns each micro-batch into rows and then one record. The record is the commit point; a record
 * refused ends the run.
 */
public final class FeedStream {
    private static final Logger LOG = LoggerFactory.getLogger(FeedStream.class);

    private final Lake lake;
    private final Feed feed;
    private final Stream stream;
    private final StreamOptions options;
    private final MicroBatch batch;
    private final Topic topic;
    private final Path checkpoint;
    private final BatchSize size;
    private Start start;

    private FeedStream(Lake lake, Feed feed, Stream stream, StreamOptions options, BatchSize size) {
        this.lake = lake;
        this.feed = feed;
        this.stream = stream;
        this.options = options;
        this.size = size;
        this.topic = Topic.describe(options.kafka(), feed.topic());
        this.batch = MicroBatch.run(lake, feed, stream, feed.policy(KafkaSource.isolation(options)));
        Progress other = lake.progress(feed, stream.other()).progress();
        this.start = Start.of(stream, batch.last(), other, topic, options.acceptLoss(), options.acceptNewTopic());
        batch.beginAt(other.origin().only(topic.earliest()));
        this.checkpoint = Utils.createTempDir(System.getProperty("java.io.tmpdir"), "tideline-checkpoint")
                .toPath();
    }

    /**
     * Starts a run.
     *
     * @throws CannotException when there is no broker, no topic, or Kafka no longer has what comes next
     */
    public static RunningStream start(Lake lake, Feed feed, Stream stream, StreamOptions options) {
        return start(lake, feed, stream, options, BatchSize.of(options));
    }

    /** The same, which goes on with the {@code size} of the run before. */
    static RunningStream start(Lake lake, Feed feed, Stream stream, StreamOptions options, BatchSize size) {
        return new FeedStream(lake, feed, stream, options, size).start();
    }

    private RunningStream start() {
        FeedTables.create(lake, feed);
        LOG.info(
                "{} {}: run {} from seq {}, {} partitions, trigger {}, lake {}",
                feed.name(),
                stream.text(),
                batch.run(),
                batch.last().seq(),
                start.read().offsets().size(),
                options.trigger(),
                lake.root());
        batch.otherPolicy(lake).ifPresent(LOG::warn);
        try {
            StreamingQuery query = KafkaSource.stream(lake.spark(), topic, start.read(), stream, options)
                    .writeStream()
                    .queryName(feed.name() + "-" + stream.text() + "-" + batch.run())
                    .trigger(Trigger.ProcessingTime(options.trigger().toMillis()))
                    .option("checkpointLocation", checkpoint.toUri().toString())
                    .foreachBatch((VoidFunction2<Dataset<Row>, Long>) this::planned)
                    .start();
            return new RunningStream(query);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the stream did not start", e);
        }
    }

    /** What the query planned, in as many micro-batches as its size asks for. */
    private void planned(Dataset<Row> records, Long batchId) throws InterruptedException {
        Cut end = OffsetLog.cut(checkpoint, batchId, topic);
        Optional<Dataset<Row>> whole = Optional.of(records);
        boolean open = true;
        while (open) {
            options.turns().acquire();
            try {
                open = !microBatch(whole, end).equals(end);
            } finally {
                options.turns().release();
            }
            whole = Optional.empty();
        }
    }

    /**
     * Writes and records one.
     *
     * @param whole what reads all the way to {@code end}, if that is still to be read
     * @return where it ended
     */
    private Cut microBatch(Optional<Dataset<Row>> whole, Cut end) {
        Instant began = Instant.now();
        Cut from =
                start.read().orElse(topic.earliest()).orElse(end.beginnings()).only(end);
        Optional<Dataset<Row>> known = whole;
        while (true) {
            Cut cut = size.next(from, end);
            Dataset<Row> records = known.filter(all -> cut.equals(end))
                    .orElseGet(() -> KafkaSource.between(lake.spark(), topic, from, cut, stream, options));
            try {
                record(from, cut, write(records, from, cut), began);
                return cut;
            } catch (Exception e) { // Spark's checked ones come undeclared
                Optional<TooManyBytes> tooMany = Failures.tooManyBytes(e);
                if (tooMany.isEmpty()) {
                    size.failed();
                    throw e;
                }
                size.tooLarge(from, cut, tooMany.get());
                LOG.info(
                        "{} {}: {}, so that the next micro-batch reads {} records",
                        feed.name(),
                        stream.text(),
                        tooMany.get().getMessage(),
                        size.offsets());
                known = Optional.empty();
            }
        }
    }

    /** Rows by name; a first reading that fails has written nothing. */
    private Map<String, Long> write(Dataset<Row> records, Cut from, Cut cut) {
        Optional<ByteBudget> budget = Optional.of(size.budget(from, cut));
        try {
            return batch.write(records.withColumn("topic_id", lit(topic.id())), budget);
        } catch (Exception e) {
            if (!Failures.isTimestamp(e)) {
                throw e;
            }
            Dataset<Row> consumed = KafkaSource.consumed(lake.spark(), topic, from, cut, stream, options);
            return batch.write(consumed.withColumn("topic_id", lit(topic.id())), budget);
        }
    }

    private void record(Cut from, Cut cut, Map<String, Long> counts, Instant began) {
        if (!Topic.id(options.kafka(), topic.name()).equals(topic.id())) {
            throw new CannotException("Cannot go on reading topic " + topic.name()
                    + ": it was deleted and made again while it was read (start again with --new-topic)");
        }
        batch.record(start.closedFrom().orElse(from), start.closed().orElse(cut), counts);
        start = Start.after(cut);
        size.recorded(cut.since(from), batch.bytes());
        LOG.info(
                "{} {}: seq {} in {} ms, {}",
                feed.name(),
                stream.text(),
                batch.last().seq(),
                Duration.between(began, Instant.now()).toMillis(),
                new TreeMap<>(counts));
    }
}
