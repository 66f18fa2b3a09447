package dev.tideline.batch;

import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.LocalDate;
import java.util.Optional;

/**
 * What a rollback would show, from the ledger of days alone.
 *
 * @param day as it stands now
 * @param generation that readers would see
 * @param published the entry that published it
 */
public record RollbackPlan(Day day, String generation, DayRecord published) {
    /**
     * The plan for {@code date} of {@code feed} (UTC).
     *
     * @throws CannotException when there is no such generation, or it is no longer whole
     */
    public static RollbackPlan of(DayLedger ledger, String feed, LocalDate date, String generation) {
        FeedDays days = ledger.feed(feed);
        Day day = days.day(date);
        Optional<String> refusal = day.refusesRollback(generation);
        if (refusal.isPresent()) {
            throw new CannotException(
                    "Cannot roll " + feed + " of " + date + " back to " + generation + ": " + refusal.get());
        }
        DayRecord published = days.entries(date).stream()
                .filter(record -> record.entry() instanceof DayEntry.Published p
                        && p.generation().equals(generation))
                .findFirst()
                .orElseThrow();
        return new RollbackPlan(day, generation, published);
    }

    /**
     * The day, which a rollback holds.
     *
     * @throws CannotException when the day is not held
     */
    public static Day held(DayLedger ledger, String feed, LocalDate date) {
        Day day = ledger.day(feed, date);
        if (!day.held()) {
            throw new CannotException("Cannot release " + feed + " of " + date + ": it is not held");
        }
        return day;
    }

    /** Up to which micro-batch of the speed layer the generation is settled; readers take the partials beyond it. */
    public long horizonSeq() {
        return day.kept().get(generation).seq();
    }

    /** How many events the generation counts. */
    public long events() {
        return published.counts().getOrDefault("events", 0L);
    }
}
