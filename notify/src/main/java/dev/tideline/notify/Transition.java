package dev.tideline.notify;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What happened to one alert: as it stands in the ledger, and as it goes to its Kafka topic.
 *
 * @param key of the episode, from firing to resolved; what receivers tell duplicates by
 * @param group of rules that the alert's rule stands in
 * @param alert name of the rule
 * @param labels the query's string columns, the rule's labels and {@code alertname}
 * @param annotations rendered with these labels and this value
 * @param value of the row that decided; empty where there was no row
 * @param startsAt start of the window from which on the alert fires, in the data's own time (UTC)
 * @param endsAt end of the last window of a resolved alert, in the data's own time (UTC); empty while it fires
 * @param at when it was evaluated, by the evaluator's clock (UTC)
 * @param completeness share of the topic's partitions that had been read past the end of the deciding window, 0 to 1
 * @param provisional whether that window was not settled by a recompute yet
 */
public record Transition(
        String key,
        Kind kind,
        String group,
        String alert,
        SortedMap<String, String> labels,
        SortedMap<String, String> annotations,
        Optional<Double> value,
        Instant startsAt,
        Optional<Instant> endsAt,
        Instant at,
        double completeness,
        boolean provisional) {
    /** What happened. */
    public enum Kind {
        /** It began to fire. */
        FIRING,
        /** It fires as before: said again for receivers that forget. Not part of the history. */
        REFRESH,
        /** It fires no longer. */
        RESOLVED
    }

    public Transition {
        labels = sorted(labels);
        annotations = sorted(annotations);
    }

    /** The same with other labels. */
    public Transition with(SortedMap<String, String> others) {
        return as(kind, others, endsAt, at);
    }

    /** The same alert, said again at {@code now}. */
    public Transition again(Instant now) {
        return as(Kind.REFRESH, labels, Optional.empty(), now);
    }

    /** The same alert, resolved at {@code end}. */
    public Transition resolved(Instant end) {
        return as(Kind.RESOLVED, labels, Optional.of(end), end);
    }

    private Transition as(Kind another, SortedMap<String, String> theLabels, Optional<Instant> theEnd, Instant when) {
        return new Transition(
                key,
                another,
                group,
                alert,
                theLabels,
                annotations,
                value,
                startsAt,
                theEnd,
                when,
                completeness,
                provisional);
    }

    private static SortedMap<String, String> sorted(Map<String, String> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
