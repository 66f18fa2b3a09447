package dev.tideline.alerts.engine;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One label set of a rule, as it is remembered from one evaluation to the next.
 *
 * @param labels the query's
 * @param base phase after the last window that is not judged again
 * @param shown phase after all windows, as it was told
 * @param key of the episode that was told, while it fires
 */
public record Instance(SortedMap<String, String> labels, AlertState base, AlertState shown, Optional<String> key) {
    public Instance {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }
}
