package dev.tideline.alerts.rule;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One row of a rule's query: what an instance is in one window.
 *
 * @param labels the query's string columns; one that is NULL is left out
 * @param window its start (UTC)
 * @param value NaN where the row has none
 * @param provisional whether it may still change by a recompute
 */
public record Sample(SortedMap<String, String> labels, Instant window, double value, boolean provisional) {
    public Sample {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }
}
