package dev.tideline.streaming;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Introduced;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Driver;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.Progress;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.ByteBudget;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One run's micro-batches, wherever their records come from: rows first, then one record. The record is the commit point; one
 * that is refused ends the run.
 */
public final class MicroBatch {
    private final Feed feed;
    private final Stream stream;
    private final ProgressLedger ledger;
    private final BatchWriter writer;
    private final String policy;
    private final List<PolicyChange> changes;
    private final String run = UUID.randomUUID().toString().substring(0, 13);
    private final Instant startedAt = Instant.now();
    private final Map<String, Introduced> introduced;
    private Map<LocalDate, Long> touched;
    private Set<LocalDate> dates = Set.of();
    private long bytes;
    private Progress last;

    private MicroBatch(
            Lake lake, Feed feed, Stream stream, String policy, Function<ProgressRecord, List<PolicyChange>> changes) {
        this.feed = feed;
        this.policy = policy;
        this.stream = stream;
        this.ledger = lake.progress(feed, stream);
        this.writer = stream == Stream.ARCHIVE ? new ArchiveWriter(lake, feed) : new SpeedWriter(lake, feed);
        Optional<ProgressRecord> before = ledger.last();
        this.last = before.map(ProgressRecord::progress).orElse(Progress.NONE);
        this.changes = before.map(changes).orElse(List.of());
        this.introduced =
                stream == Stream.SPEED ? before.map(b -> introduced(lake, b)).orElse(Map.of()) : Map.of();
        this.touched =
                stream == Stream.ARCHIVE ? before.map(b -> touched(lake, b)).orElse(Map.of()) : Map.of();
    }

    /** Which rollups this run begins to compute, with the days that they miss events of; and those of earlier runs. */
    private Map<String, Introduced> introduced(Lake lake, ProgressRecord before) {
        Map<String, String> now = fingerprints(feed);
        Map<String, Introduced> introduced = new TreeMap<>(before.introduced());
        introduced.keySet().retainAll(now.keySet());
        if (!before.rollups().entrySet().containsAll(now.entrySet())) {
            Set<LocalDate> earlier = new TreeSet<>(lake.raw(feed).dates());
            before.introduced().values().forEach(i -> earlier.addAll(i.earlier()));
            before.rollups()
                    .forEach((name, print) ->
                            earlier.addAll(lake.speed(name, print).dates()));
            now.entrySet().stream()
                    .filter(e -> !before.rollups().entrySet().contains(e))
                    .forEach(e -> introduced.put(e.getKey(), new Introduced(last.seq() + 1, List.copyOf(earlier))));
        }
        return introduced;
    }

    /** What earlier micro-batches touched; those of before that was recorded count as having touched every date there is. */
    private Map<LocalDate, Long> touched(Lake lake, ProgressRecord before) {
        if (!before.touched().isEmpty()) {
            return before.touched();
        }
        return lake.raw(feed).dates().stream().collect(Collectors.toMap(date -> date, date -> last.seq()));
    }

    /** A new run, which goes on after the last record. */
    public static MicroBatch run(Lake lake, Feed feed, Stream stream) {
        return run(lake, feed, stream, feed.policy());
    }

    /** The same for records that are decoded by {@code policy}, a fingerprint. */
    static MicroBatch run(Lake lake, Feed feed, Stream stream, String policy) {
        return new MicroBatch(lake, feed, stream, policy, ProgressRecord::changes);
    }

    /** The same, whose records say these changes of the policy. */
    static MicroBatch run(Lake lake, Feed feed, Stream stream, String policy, List<PolicyChange> changes) {
        return new MicroBatch(lake, feed, stream, policy, before -> changes);
    }

    /** Has this stream begun where {@code other} says, on partitions that it has not read. */
    void beginAt(Cut other) {
        last = last.begunAt(other);
    }

    public String run() {
        return run;
    }

    /** What this run has recorded last, or found when it began. */
    public Progress last() {
        return last;
    }

    /**
     * Writes the rows of the next micro-batch, which do not exist for readers until they are recorded.
     *
     * @param records with the columns of Spark's Kafka source, headers included, and {@code topic_id}
     * @return rows by name
     */
    public Map<String, Long> write(Dataset<Row> records) {
        return write(records, Optional.empty());
    }

    /** The same, of which no more is kept than {@code budget} says. */
    Map<String, Long> write(Dataset<Row> records, Optional<ByteBudget> budget) {
        return writeDecoded(Decoding.decode(records, feed), budget);
    }

    /** The same for rows that are decoded already. */
    Map<String, Long> writeDecoded(Dataset<Row> decoded, Optional<ByteBudget> budget) {
        BatchWriter.Written written = writer.write(decoded, last.seq() + 1, run, budget);
        dates = written.dates();
        bytes = written.bytes();
        return written.counts();
    }

    /** About how many bytes were kept of what was written last. */
    long bytes() {
        return bytes;
    }

    /**
     * Records what was written.
     *
     * @throws LostRace when another driver recorded this micro-batch
     */
    public void record(Cut from, Cut cut, Map<String, Long> counts) {
        Progress progress = last.next(run, from, cut);
        Map<LocalDate, Long> nowTouched = new TreeMap<>(touched);
        dates.forEach(date -> nowTouched.put(date, progress.seq()));
        ProgressRecord record = new ProgressRecord(
                progress,
                counts,
                policy,
                fingerprints(feed),
                introduced,
                nowTouched,
                Driver.name(),
                startedAt,
                Instant.now(),
                changes);
        if (!ledger.append(record)) {
            throw new LostRace("Cannot go on with " + feed.name() + " " + stream.text() + ": "
                    + ledger.last().map(ProgressRecord::driver).orElse("another driver")
                    + " recorded seq " + progress.seq()
                    + " (one driver a stream; nothing was counted twice, stop one of them)");
        }
        last = progress;
        touched = record.touched();
        dates = Set.of();
    }

    static Map<String, String> fingerprints(Feed feed) {
        return feed.rollups().stream().collect(Collectors.toMap(Rollup::name, Rollup::fingerprint));
    }
}
