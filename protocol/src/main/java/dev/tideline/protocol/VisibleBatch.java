package dev.tideline.protocol;

import java.time.LocalDate;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which rows of a rollup's batch tables a reader counts, as data: any engine can render it as a filter, or apply it itself.
 *
 * @param generations the published ones; an id belongs to one day
 * @param available days of which the rollup holds all events
 */
public record VisibleBatch(SortedSet<String> generations, Days available) {
    public VisibleBatch {
        generations = Collections.unmodifiableSortedSet(new TreeSet<>(generations));
    }

    public boolean shows(LocalDate date, String generation) {
        return generations.contains(generation) && available.contains(date);
    }
}
