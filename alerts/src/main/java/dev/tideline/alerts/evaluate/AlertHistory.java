package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.evaluate.AlertRecord.Restatement;
import dev.tideline.notify.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the records of the evaluator say of the past: the rows of {@code alerts_history}, without a session. */
public final class AlertHistory {
    private AlertHistory() {}

    /**
     * One row.
     *
     * @param kind {@code firing}, {@code resolved}, or {@code missed} for an alert that fires by a recompute of its day only
     * @param restated {@code would_not_have_fired} where the newest recompute of its day says so
     */
    public record Event(String kind, Transition transition, Optional<String> restated) {
        /** Whether it began or ended in [{@code from}, {@code to}). */
        public boolean isIn(Instant from, Instant to) {
            Instant end = transition.endsAt().orElse(transition.startsAt());
            return !end.isBefore(from) && transition.startsAt().isBefore(to);
        }
    }

    /** The events of all these records, by when they were evaluated. */
    public static List<Event> of(List<AlertRecord> records) {
        Map<String, Restatement> newest = new LinkedHashMap<>();
        records.stream()
                .flatMap(record -> record.restatements().stream())
                .forEach(r -> newest.merge(
                        r.feed() + "/" + r.day(), r, (one, other) -> other.at().isBefore(one.at()) ? one : other));
        Set<String> wrong = new HashSet<>();
        newest.values().forEach(r -> wrong.addAll(r.wouldNotHaveFired()));
        List<Event> events = new ArrayList<>();
        records.stream()
                .flatMap(record -> record.transitions().stream())
                .forEach(t -> events.add(new Event(
                        t.kind().name().toLowerCase(Locale.ROOT),
                        t,
                        wrong.contains(t.key()) ? Optional.of("would_not_have_fired") : Optional.empty())));
        newest.values().stream()
                .flatMap(r -> r.missed().stream())
                .forEach(t -> events.add(new Event("missed", t, Optional.empty())));
        events.sort(Comparator.comparing((Event e) -> e.transition().at())
                .thenComparing(e -> e.transition().startsAt())
                .thenComparing(e -> e.transition().key()));
        return events;
    }
}
