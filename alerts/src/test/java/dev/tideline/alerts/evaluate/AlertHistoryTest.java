package dev.tideline.alerts.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tideline.alerts.evaluate.AlertHistory.Event;
import dev.tideline.alerts.evaluate.AlertRecord.Restatement;
import dev.tideline.notify.Transition;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AlertHistoryTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final LocalDate DAY = LocalDate.parse("2026-11-20");
    private static final Transition FIRING = transition("a", Transition.Kind.FIRING, Optional.empty(), NOON);
    private static final Transition RESOLVED =
            transition("a", Transition.Kind.RESOLVED, Optional.of(NOON.plusSeconds(600)), NOON.plusSeconds(601));

    @Test
    void listsWhatBeganAndEndedByTheTimeOfItsEvaluation() {
        List<Event> events = AlertHistory.of(
                List.of(record(1, List.of(FIRING), List.of()), record(2, List.of(RESOLVED), List.of())));

        assertThat(events).extracting(Event::kind).containsExactly("firing", "resolved");
        assertThat(events).extracting(Event::restated).containsOnly(Optional.empty());
    }

    @Test
    void takesTheNewestRestatementOfADay() {
        Transition missed = transition("b", Transition.Kind.FIRING, Optional.empty(), NOON.plusSeconds(3000));
        Restatement first = new Restatement("f", DAY, "g1", NOON.plusSeconds(1000), List.of(missed), List.of());
        Restatement second = new Restatement("f", DAY, "g2", NOON.plusSeconds(2000), List.of(missed), List.of("a"));
        Restatement other = new Restatement("f", DAY.plusDays(1), "g3", NOON.plusSeconds(2000), List.of(), List.of());

        List<Event> events = AlertHistory.of(
                List.of(record(1, List.of(FIRING), List.of(second)), record(2, List.of(), List.of(first, other))));

        assertThat(events)
                .extracting(Event::kind, event -> event.transition().key(), Event::restated)
                .containsExactly(
                        tuple("firing", "a", Optional.of("would_not_have_fired")),
                        tuple("missed", "b", Optional.empty()));
    }

    @Test
    void knowsWhetherAnEventIsInAPeriod() {
        Event ended = new Event("resolved", RESOLVED, Optional.empty());

        assertThat(ended.isIn(NOON.plusSeconds(600), NOON.plusSeconds(601))).isTrue();
        assertThat(ended.isIn(NOON.plusSeconds(601), NOON.plusSeconds(602))).isFalse();
        assertThat(ended.isIn(NOON.minusSeconds(60), NOON)).isFalse();
    }

    private static AlertRecord record(long number, List<Transition> transitions, List<Restatement> restatements) {
        return new AlertRecord(
                number, "w", "d", NOON, number, List.of(), transitions, List.of(), restatements, Map.of(), Map.of());
    }

    private static Transition transition(String key, Transition.Kind kind, Optional<Instant> end, Instant at) {
        return new Transition(
                key, kind, "g", "A", new TreeMap<>(), new TreeMap<>(), Optional.of(1.0), NOON, end, at, 1, true);
    }
}
