package dev.tideline.alerts.evaluate;

import dev.tideline.lake.Lake;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.Ledger;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
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

    /** The records that were written at {@code time} or later, oldest first. */
    public List<AlertRecord> since(java.time.Instant time) {
        List<AlertRecord> newestFirst = new ArrayList<>();
        for (AlertRecord record : ledger.newestFirst()) {
            if (record.at().isBefore(time)) {
                break;
            }
            newestFirst.add(record);
        }
        Collections.reverse(newestFirst);
        return newestFirst;
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
