package dev.tideline.operations;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.RollupDays;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * Days with raw rows beyond their horizon (late events came after they were settled, or they never were), or with a rollup or
 * a measure that not all of their events went into. Known from the ledgers alone: an archive record says which days it touched, and the entry
 * that published a day says how far the archive was and how many rows it left.
 */
public final class DirtyDays {
    private DirtyDays() {}

    /** The same of a lake with a session. */
    public static List<LocalDate> find(Lake lake, Feed feed, LocalDate before) {
        return find(lake.ledgers(), FeedDeclaration.parse("of feed " + feed.name(), feed.source()), before);
    }

    /**
     * The dirty days before {@code before} (today, whose events still arrive, is not worth settling yet), oldest first. Held
     * and sealed days are left out: a recompute of them would be refused.
     */
    public static List<LocalDate> find(LakeLedgers ledgers, FeedDeclaration feed, LocalDate before) {
        return find(
                ledgers,
                feed,
                ledgers.days().feed(feed.name()),
                ledgers.progress(feed.name(), Stream.SPEED).last(),
                ledgers.progress(feed.name(), Stream.ARCHIVE).last(),
                before);
    }

    /** The same by entries and last records that have been read already. */
    static List<LocalDate> find(
            LakeLedgers ledgers,
            FeedDeclaration feed,
            FeedDays days,
            Optional<ProgressRecord> speed,
            Optional<ProgressRecord> archive,
            LocalDate before) {
        ProgressLedger earlier = ledgers.progress(feed.name(), Stream.ARCHIVE);
        ProgressLedger settled = ledgers.progress(feed.name(), Stream.SPEED);
        return find(
                feed,
                days,
                speed,
                archive,
                seq -> earlier.between(seq, seq).stream().map(Progress::cut).findFirst(),
                settled::cut,
                FeedHistory.of(ledgers, feed.name(), feed.source()),
                before);
    }

    /**
     * The dirty days by these entries and last records.
     *
     * @param cuts gives the cut of an earlier record of the archive
     * @param settled gives the cut of a horizon
     */
    static List<LocalDate> find(
            FeedDeclaration feed,
            FeedDays days,
            Optional<ProgressRecord> speed,
            Optional<ProgressRecord> archive,
            LongFunction<Optional<Cut>> cuts,
            Function<Horizon, Cut> settled,
            FeedHistory history,
            LocalDate before) {
        Availability availability = Availability.of(days, speed, history);
        List<RollupDays> rollups = feed.rollups().stream().map(availability::of).toList();
        return java.util.stream.Stream.of(
                        days.days().keySet(),
                        availability.earlier(),
                        archive.map(record -> record.touched().keySet()).orElse(Set.of()))
                .flatMap(Set::stream)
                .filter(date -> date.isBefore(before) && isOpen(days.day(date)))
                .distinct()
                .filter(date -> rollups.stream().anyMatch(rollup -> !rollup.isWhole(date))
                        || archive.filter(last -> isBeyond(last, cuts, settled, date, days))
                                .isPresent())
                .sorted()
                .toList();
    }

    private static boolean isOpen(Day day) {
        return !day.held() && !day.sealed();
    }

    /** Whether the archive holds rows of the day that its generation does not. */
    private static boolean isBeyond(
            ProgressRecord last,
            LongFunction<Optional<Cut>> cuts,
            Function<Horizon, Cut> settled,
            LocalDate date,
            FeedDays days) {
        Day day = days.day(date);
        // A record of before dates were recorded may have touched any day.
        long touched = last.touched().isEmpty()
                ? last.progress().seq()
                : last.touched().getOrDefault(date, 0L);
        if (touched == 0 || day.current().isEmpty()) {
            return touched > 0;
        }
        Map<String, Long> counts = days.published().get(date).counts();
        if (counts.containsKey(DayRecord.ARCHIVE_SEQ)) {
            return counts.getOrDefault("left", 0L) > 0 || touched > counts.get(DayRecord.ARCHIVE_SEQ);
        }
        Cut below = settled.apply(day.horizon().orElseThrow());
        return cuts.apply(touched).filter(cut -> !below.reaches(cut)).isPresent();
    }
}
