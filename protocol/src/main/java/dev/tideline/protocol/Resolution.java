package dev.tideline.protocol;

import java.time.LocalDate;
import java.util.Map;

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

    /**
     * Whether tables pinned under this resolution still hold what it promises, given the days as read again after the
     * pinning: a fold or a retirement since then may have rewritten them.
     */
    public boolean standsAfter(Map<LocalDate, Day> again) {
        return again.entrySet().stream()
                .allMatch(e -> e.getValue().unsafe() == day(e.getKey()).unsafe());
    }
}
