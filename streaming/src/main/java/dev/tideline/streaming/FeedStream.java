package dev.tideline.streaming;

import static org.apache.spark.sql.functions.lit;

import dev.tideline.feed.Feed;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.CreateTimes;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Policies;
import dev.tideline.protocol.Progress;
import dev.tideline.spark.ByteBudget;
import dev.tideline.spark.TooManyBytes;
import dev.tideline.spark.TooManyDates;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
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
    private final Topic topic;
    private final Path checkpoint;
    private final BatchSize size;
    private final AgreedPolicies agreed;
    private Start start;
    private Policies policies = new Policies("", List.of());
    /** How many changes of the policy there have been. */
    private long changes;

    private AgreedPolicies.Decoding decoding;
    private StreamOptions reading;
    private MicroBatch batch;

    private FeedStream(Lake lake, Feed feed, Stream stream, StreamOptions options, BatchSize size) {
        this.lake = lake;
        this.feed = feed;
        this.stream = stream;
        this.options = options;
        this.size = size;
        this.topic = Topic.describe(options.kafka(), feed.topic());
        this.agreed = new AgreedPolicies(lake, feed, stream, feed.policy(KafkaSource.isolation(options)));
        this.start = start(lake.progress(feed, stream).progress());
        this.checkpoint = Utils.createTempDir(System.getProperty("java.io.tmpdir"), "tideline-checkpoint")
                .toPath();
    }

    /** What the query planned, and how it reads. */
    private record Planned(Dataset<Row> records, StreamOptions by) {}

    /**
     * Starts the first run of a process: where the feed file's policy is another than the one by which the feed's streams decode, it is
     * announced to both.
     *
     * @throws CannotException when there is no broker, no topic, or Kafka no longer has what comes next
     */
    public static RunningStream start(Lake lake, Feed feed, Stream stream, StreamOptions options) {
        return first(lake, feed, stream, options, BatchSize.of(options));
    }

    /** The first run of a process, which has its feed file's policy come into both streams. */
    static RunningStream first(Lake lake, Feed feed, Stream stream, StreamOptions options, BatchSize size) {
        FeedStream run = new FeedStream(lake, feed, stream, options, size);
        CreateTimes.tooFree(options.kafka(), feed.topic(), BatchSize.MOST_DATES).ifPresent(LOG::warn);
        if (run.agreed.isOlder()) {
            FeedTables.create(lake, run.agreed.newest());
        } else {
            FeedTables.create(lake, feed);
            run.agreed.announce();
        }
        return run.start();
    }

    /** Another run of a process, with the {@code size} of the one before: the file may have been changed meanwhile. */
    static RunningStream next(Lake lake, Feed feed, Stream stream, StreamOptions options, BatchSize size) {
        FeedStream run = new FeedStream(lake, feed, stream, options, size);
        FeedTables.create(lake, run.agreed.newest());
        return run.start();
    }

    private Start start(Progress last) {
        Progress other = lake.progress(feed, stream.other()).progress();
        return Start.of(stream, last, other, topic, options.acceptLoss(), options.acceptNewTopic());
    }

    private RunningStream start() {
        goOn(start.read());
        start = start(batch.last());
        LOG.info(
                "{} {}: run {} from seq {}, {} partitions, trigger {}, lake {}",
                feed.name(),
                stream.text(),
                batch.run(),
                batch.last().seq(),
                start.read().offsets().size(),
                options.trigger(),
                lake.root());
        StreamOptions planned = reading;
        try {
            StreamingQuery query = KafkaSource.stream(lake.spark(), topic, start.read(), stream, planned)
                    .writeStream()
                    .queryName(feed.name() + "-" + stream.text() + "-" + batch.run())
                    .trigger(Trigger.ProcessingTime(options.trigger().toMillis()))
                    .option("checkpointLocation", checkpoint.toUri().toString())
                    .foreachBatch((VoidFunction2<Dataset<Row>, Long>) (records, id) -> planned(records, planned, id))
                    .start();
            return new RunningStream(query);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the stream did not start", e);
        }
    }

    /** A new run of micro-batches, which goes on after the last record by the policy for what comes after {@code read}. */
    private void goOn(Cut read) {
        AgreedPolicies.Agreed now;
        do {
            now = agreed.agreed();
            changes = now.number();
            policies = now.policies().of(topic.name(), topic.id());
            decoding = agreed.decoding(policies, read);
            batch = MicroBatch.run(lake, decoding.file(), stream, decoding.policy(), now.changes());
        } while (batch.last().seq() != now.seq()); // or its ledger says more than was read
        reading = decoding.file()
                .isolation(decoding.policy())
                .map(options::withIsolation)
                .orElse(options);
        batch.beginAt(lake.progress(feed, stream.other()).progress().origin().only(topic.earliest()));
        policies.next(read)
                .ifPresent(step -> LOG.info(
                        "{} {}: decodes {} more offsets by policy {}, and what comes then by {}",
                        feed.name(),
                        stream.text(),
                        step.cut().since(read.only(step.cut())),
                        decoding.policy(),
                        step.policy()));
    }

    /** The same in the middle of a query; fails where another driver has read on. */
    private void goOn(Cut read, Supplier<LostRace> otherwise) {
        Progress before = batch.last();
        goOn(read);
        if (!batch.last().cut().equals(before.cut())) {
            throw otherwise.get();
        }
    }

    /** What the query planned, in as many micro-batches as its size and changes of the policy ask for. */
    private void planned(Dataset<Row> records, StreamOptions by, Long batchId) throws InterruptedException {
        Cut end = OffsetLog.cut(checkpoint, batchId, topic);
        Optional<Planned> whole = Optional.of(new Planned(records, by));
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
    private Cut microBatch(Optional<Planned> whole, Cut end) {
        Instant began = Instant.now();
        Cut from =
                start.read().orElse(topic.earliest()).orElse(end.beginnings()).only(end);
        Optional<Planned> known = whole;
        if (!policies.at(from).equals(decoding.wanted())) {
            goOn(
                    from,
                    () -> new LostRace(
                            "Cannot go on with " + feed.name() + " " + stream.text()
                                    + ": another driver recorded first (one driver a stream; nothing was counted twice, stop one of them)"));
        }
        while (true) {
            Cut cut = size.next(from, policies.limit(from, end));
            if (cut.equals(from) && !cut.equals(end)) {
                throw new IllegalStateException("the policy changes at "
                        + policies.next(from).orElseThrow().cut().offsets()
                        + ", and the query does not know all of it yet");
            }
            Dataset<Row> records = known.filter(
                            all -> cut.equals(end) && all.by().equals(reading))
                    .map(Planned::records)
                    .orElseGet(() -> KafkaSource.between(lake.spark(), topic, from, cut, stream, reading));
            try {
                record(from, cut, write(records, from, cut), began);
                return cut;
            } catch (LostRace e) {
                long before = changes;
                goOn(from, () -> e);
                if (changes == before) { // an empty micro-batch of another driver, who has read on
                    throw e;
                }
                LOG.info(
                        "{} {}: goes on as run {}, since a policy was announced",
                        feed.name(),
                        stream.text(),
                        batch.run());
            } catch (TooManyDates e) {
                size.tooManyDates(from, cut, e);
                smaller(e);
                known = Optional.empty();
            } catch (Exception e) { // Spark's checked ones come undeclared
                Optional<TooManyBytes> tooMany = Failures.tooManyBytes(e);
                if (tooMany.isEmpty()) {
                    size.failed();
                    throw e;
                }
                size.tooLarge(from, cut, tooMany.get());
                smaller(tooMany.get());
                known = Optional.empty();
            }
        }
    }

    private void smaller(RuntimeException why) {
        LOG.info(
                "{} {}: {}, so that the next micro-batch reads {} records",
                feed.name(),
                stream.text(),
                why.getMessage(),
                size.offsets());
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
            Dataset<Row> consumed = KafkaSource.consumed(lake.spark(), topic, from, cut, stream, reading);
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
