package dev.tideline.alerts.evaluate;

import dev.tideline.lake.Lake;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.Ledger;
import dev.tideline.notify.Transition;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The ledger of alerts: one record for each evaluation that decided something, and at times one that did not. */
public final class AlertLedger {
    private static final String APP = "alerts";

    private final Ledger<AlertRecord> ledger;

    /** The same of a lake with a session. */
    public AlertLedger(Lake lake) {
        this(lake.ledgers());
    }

    /** The one of a lake, which comes into being with the first record. */
    public AlertLedger(LakeLedgers lake) {
        this.ledger = lake.alerts(AlertRecord.class);
    }

    /** The record that stands; empty before the first. */
    public Optional<AlertRecord> last() {
        return ledger.last();
    }

    /** Every record, oldest first. */
    public List<AlertRecord> all() {
        return ledger.all();
    }

    /** The records after {@code number}, oldest first. */
    public List<AlertRecord> after(long number) {
        return ledger.between(number + 1, Long.MAX_VALUE);
    }

    /**
     * What was decided at {@code time} or later, oldest first. Records are read one after the other: each has the state of
     * every rule, and months of them are more than fits into memory.
     */
    List<Transition> transitionsSince(Instant time) {
        Deque<Transition> oldestFirst = new ArrayDeque<>();
        for (AlertRecord record : ledger.newestFirst()) {
            if (record.at().isBefore(time)) {
                break;
            }
            List<Transition> decided = record.transitions();
            for (int i = decided.size() - 1; i >= 0; i--) {
                oldestFirst.addFirst(decided.get(i));
            }
        }
        return List.copyOf(oldestFirst);
    }

    /**
     * Appends, and reads back.
     *
     * @return whether it stands; when not, another evaluator recorded this number
     */
    public boolean append(AlertRecord record) {
        ledger.append(
                record,
                APP,
                record.number(),
                () -> last().map(AlertRecord::number).orElse(0L) == record.number() - 1,
                record.number(),
                Timestamp.from(record.at()),
                record.transitions().size(),
                record.active().size());
        return last().map(AlertRecord::writer).equals(Optional.of(record.writer()));
    }
}
