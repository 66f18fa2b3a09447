package dev.tideline.ledger;

import dev.tideline.protocol.Progress;
import dev.tideline.table.LakeTable;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The ledger of one stream of one feed: one record for each micro-batch, and the micro-batch's commit point. */
public final class ProgressLedger {
    private static final String APP = "progress";
    private static final int CHUNK = 1000;

    private final Ledger<ProgressRecord> ledger;

    public ProgressLedger(LakeTable table) {
        this.ledger = new Ledger<>(
                table,
                "number BIGINT, run STRING, consumed BIGINT, accepted BIGINT, rejected BIGINT, driver STRING, recorded_at TIMESTAMP",
                ProgressRecord.class);
    }

    public LakeTable table() {
        return ledger.table();
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

    /** Records newest first, read as far back as the caller goes. */
    public Iterable<Progress> newestFirst() {
        return () -> new Iterator<>() {
            private List<Progress> chunk =
                    last().map(r -> List.of(r.progress())).orElse(List.of());
            private int at;

            @Override
            public boolean hasNext() {
                if (at < chunk.size()) {
                    return true;
                }
                long before = chunk.isEmpty() ? 0 : chunk.get(chunk.size() - 1).seq();
                if (before <= 1) {
                    return false;
                }
                chunk = new ArrayList<>(between(Math.max(1, before - CHUNK), before - 1));
                java.util.Collections.reverse(chunk);
                at = 0;
                return !chunk.isEmpty();
            }

            @Override
            public Progress next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException();
                }
                return chunk.get(at++);
            }
        };
    }

    /** The records {@code first} to {@code last} (inclusive), oldest first. */
    public List<Progress> between(long first, long last) {
        return records("number between " + first + " and " + last)
                .map(ProgressRecord::progress)
                .toList();
    }

    /** The newest records, oldest first, at most {@code count}. */
    public List<ProgressRecord> newest(int count) {
        return records("number > " + (progress().seq() - count)).toList();
    }

    private Stream<ProgressRecord> records(String condition) {
        return ledger.where(condition).stream();
    }
}
