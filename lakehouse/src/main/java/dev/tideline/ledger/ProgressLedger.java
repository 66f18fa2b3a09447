package dev.tideline.ledger;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/** The ledger of one stream of one feed: one record for each micro-batch, and the micro-batch's commit point. */
public final class ProgressLedger {
    /** The columns for people. */
    static final String COLUMNS =
            "number BIGINT, run STRING, consumed BIGINT, accepted BIGINT, rejected BIGINT, driver STRING, recorded_at TIMESTAMP";

    private static final String APP = "progress";

    private final Ledger<ProgressRecord> ledger;
    private final Map<Long, List<Owners.Span>> carried = new ConcurrentHashMap<>();
    /** The last before each change of a definition: few, and asked for again and again. */
    private final Map<Long, ProgressRecord> looked = new ConcurrentHashMap<>();

    ProgressLedger(String path, Configuration conf, Appender appender) {
        this.ledger = new Ledger<>(path, conf, ProgressRecord.class, appender);
    }

    /** The last record; empty before the first. */
    public Optional<ProgressRecord> last() {
        return ledger.last();
    }

    /** What the last record says, or {@link Progress#NONE}. */
    public Progress progress() {
        return last().map(ProgressRecord::progress).orElse(Progress.NONE);
    }

    /**
     * The cut of the record that is a day's horizon, of the speed stream.
     *
     * @throws CannotException when this ledger has no such record
     */
    public Cut cut(Horizon horizon) {
        return horizon.cut()
                .or(() -> between(horizon.seq(), horizon.seq()).stream()
                        .filter(record ->
                                horizon.run().isEmpty() || horizon.run().equals(record.run()))
                        .map(Progress::cut)
                        .findFirst())
                .orElseThrow(
                        () -> new CannotException("Cannot find the cut that a day was settled at: the speed stream's"
                                + " ledger has no seq " + horizon.seq() + " of run " + horizon.run()
                                + " (tideline verify says what else is missing)"));
    }

    /** What the last record says, with the owners of all that it follows. */
    public Progress whole() {
        return whole(progress());
    }

    /** What a record of this ledger says, with the owners of all that it follows: read once where it does not carry them. */
    public Progress whole(Progress progress) {
        if (progress.owners().areWhole()) {
            return progress;
        }
        Set<Long> missing = new TreeSet<>(progress.owners().older());
        missing.removeAll(carried.keySet());
        ledger.numbered(missing)
                .forEach((seq, record) ->
                        carried.put(seq, record.progress().owners().spans()));
        List<Owners.Span> spans = new ArrayList<>();
        progress.owners().older().forEach(seq -> spans.addAll(carried.get(seq)));
        spans.addAll(progress.owners().spans());
        return progress.with(new Owners(spans));
    }

    /**
     * Appends the record that follows the one its writer read, and reads back.
     *
     * @return whether it stands; when not, another driver recorded this {@code seq}
     */
    public boolean append(ProgressRecord record) {
        Progress next = record.progress();
        ledger.append(
                record,
                APP,
                next.seq(),
                () -> progress().seq() == next.seq() - 1,
                next.seq(),
                next.run(),
                record.counts().getOrDefault("consumed", 0L),
                record.counts().getOrDefault("accepted", 0L),
                record.counts().getOrDefault("rejected", 0L),
                record.driver(),
                Timestamp.from(record.recordedAt()));
        return progress().owners().owns(next.run(), next.seq());
    }

    /** What the records say, newest first, read as far back as the caller goes. */
    public Iterable<Progress> newestFirst() {
        return () -> {
            Iterator<ProgressRecord> records = recordsNewestFirst().iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return records.hasNext();
                }

                @Override
                public Progress next() {
                    return records.next().progress();
                }
            };
        };
    }

    /** The records newest first, read as far back as the caller goes. */
    public Iterable<ProgressRecord> recordsNewestFirst() {
        return ledger.newestFirst();
    }

    /** The record of one micro-batch; empty when there is none. */
    Optional<ProgressRecord> record(long seq) {
        ProgressRecord known = looked.get(seq);
        if (known == null) {
            known = ledger.between(seq, seq).stream().findFirst().orElse(null);
            if (known != null) {
                looked.put(seq, known);
            }
        }
        return Optional.ofNullable(known);
    }

    /** The records {@code first} to {@code last} (inclusive), oldest first. */
    public List<Progress> between(long first, long last) {
        return recordsBetween(first, last).stream()
                .map(ProgressRecord::progress)
                .toList();
    }

    /**
     * The last micro-batch that was recorded longer than {@code age} before the newest one, 0 for none: an age by no reader's clock.
     * Found by halving, since they were recorded one after the other.
     */
    public long olderThan(Duration age) {
        Optional<ProgressRecord> last = last();
        if (last.isEmpty()) {
            return 0;
        }
        Instant limit = last.get().recordedAt().minus(age);
        long older = 0;
        long seq = last.get().progress().seq();
        while (older < seq) {
            long middle = (older + seq + 1) >>> 1;
            if (ledger.between(middle, middle).stream()
                    .allMatch(record -> record.recordedAt().isBefore(limit))) {
                older = middle;
            } else {
                seq = middle - 1;
            }
        }
        return older;
    }

    /** The same with all that they say. */
    public List<ProgressRecord> recordsBetween(long first, long last) {
        return ledger.between(first, last);
    }

    /** The newest records, oldest first, at most {@code count}. */
    public List<ProgressRecord> newest(int count) {
        return ledger.newest(count);
    }

    /** The same, and no more than have about {@code characters} of JSON together. */
    public List<ProgressRecord> newest(int count, long characters) {
        return ledger.newest(count, characters);
    }
}
