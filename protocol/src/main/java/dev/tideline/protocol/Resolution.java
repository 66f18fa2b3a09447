package dev.tideline.protocol;

import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one reader sees of one feed: the speed stream's last record and what the days' entries add up to, both read before
 * the tables they speak of.
 */
public record Resolution(Progress speed, Map<LocalDate, Day> days) {
    public Resolution {
        days = Map.copyOf(days);
    }

    public Day day(LocalDate date) {
        return days.getOrDefault(date, Day.NEW);
    }

    /** Whether a speed row counts: its micro-batch is recorded, and beyond the horizon of its day. */
    public boolean showsSpeed(LocalDate date, long seq, String run) {
        return speed.owners().owns(run, seq) && day(date).showsSpeed(seq);
    }

    /** Whether a batch row counts: its generation is the published one. */
    public boolean showsBatch(LocalDate date, String generation) {
        return day(date).showsBatch(generation);
    }

    /** The rows of a rollup's speed table that count, of {@code available} days. */
    public VisibleSpeed speedRows(Days available) {
        TreeMap<LocalDate, Long> settledTo = new TreeMap<>();
        days.forEach((date, day) -> day.horizon().ifPresent(horizon -> settledTo.put(date, horizon.seq())));
        return new VisibleSpeed(speed.owners(), settledTo, available);
    }

    /** The rows of a rollup's batch tables that count, of {@code available} days. */
    public VisibleBatch batchRows(Days available) {
        TreeSet<String> generations = new TreeSet<>();
        days.values().forEach(day -> day.current().ifPresent(generations::add));
        return new VisibleBatch(generations, available);
    }

    /**
     * Whether tables pinned under this resolution still hold what it promises, given the days as read again after the
     * pinning: a fold or a retirement since then may have rewritten them.
     */
    public boolean standsAfter(Map<LocalDate, Day> again) {
        return again.entrySet().stream()
                .allMatch(e -> e.getValue().unsafe() == day(e.getKey()).unsafe());
    }
}
