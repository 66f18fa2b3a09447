package dev.tideline.alerts.rule;

import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One alert rule.
 *
 * @param group that it stands in
 * @param name of the alert
 * @param expr SQL over the views: each row is an alert instance at {@code window_start} (or, without that column, at the time
 *     of evaluation); its string columns are the labels, {@code value} is compared, {@code provisional} is taken over.
 *     {@code :from} and {@code :to} are the bounds of the windows that are asked for
 * @param window length of the windows that the query returns
 * @param condition when an instance is active
 * @param resolveWhen when a firing instance is no longer; when {@code condition} does not hold, if empty (hysteresis)
 * @param pendingFor how long an instance is active before it fires, in data time ({@code for})
 * @param keepFiringFor how long it fires on after it is no longer active, in data time
 * @param minCompleteness share of the Kafka partitions that must have been read past a window's end before it is judged, 0 to 1
 * @param limit most instances of one evaluation whose condition holds or held; where {@code noData} is an alert, of all that have
 *     rows. More are an error
 */
public record Rule(
        String group,
        String name,
        String expr,
        Duration window,
        Condition condition,
        Optional<Condition> resolveWhen,
        Duration pendingFor,
        Duration keepFiringFor,
        NoData noData,
        OnError onError,
        double minCompleteness,
        int limit,
        SortedMap<String, String> labels,
        SortedMap<String, String> annotations) {
    /** The label of alerts that stand for the whole rule: why. */
    public static final String REASON = "tideline_reason";

    /** What an instance without a row is. */
    public enum NoData {
        /** Not active. */
        OK,
        /** Active: silence is the alarm. */
        ALERT,
        /** As it was. */
        KEEP
    }

    /** What a query that fails, or gives rows that cannot be judged, means for the rule's alerts. */
    public enum OnError {
        /** They stay as they are. */
        KEEP,
        /** An alert of its own, beside them. */
        ALERT
    }

    public Rule {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    }

    /** The same with another limit. */
    public Rule withLimit(int most) {
        return new Rule(
                group,
                name,
                expr,
                window,
                condition,
                resolveWhen,
                pendingFor,
                keepFiringFor,
                noData,
                onError,
                minCompleteness,
                most,
                labels,
                annotations);
    }

    /** How complete a window must be for what it lacks to count: a low value, or no row. */
    public double whole() {
        return minCompleteness > 0 ? minCompleteness : 1;
    }

    /** By which its state is found again: group and name. */
    public String id() {
        return group + "/" + name;
    }
}
