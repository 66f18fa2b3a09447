package dev.tideline.protocol;

import java.time.LocalDate;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which rows of a rollup's speed table a reader counts, as data: any engine can render it as a filter, or apply it itself.
 *
 * @param recorded which run recorded which micro-batches
 * @param settledTo the horizon's seq of each day that is published: the batch answers for rows up to it
 * @param available days of which the rollup holds all events
 */
public record VisibleSpeed(Owners recorded, SortedMap<LocalDate, Long> settledTo, Days available) {
    public VisibleSpeed {
        settledTo = Collections.unmodifiableSortedMap(new TreeMap<>(settledTo));
    }

    /**
     * The same rows of a table of which none has a lower seq than {@code least}: of the runs of ten years the last ones, and of its days
     * those that are not settled beyond.
     */
    public VisibleSpeed from(long least) {
        SortedMap<LocalDate, Long> reaching = new TreeMap<>(settledTo);
        reaching.values().removeIf(seq -> seq < least);
        return new VisibleSpeed(recorded.after(least - 1), reaching, available);
    }

    public boolean shows(LocalDate date, long seq, String run) {
        return recorded.owns(run, seq) && seq > settledTo.getOrDefault(date, 0L) && available.contains(date);
    }
}
