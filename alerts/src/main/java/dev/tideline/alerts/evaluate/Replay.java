package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.engine.RuleEvaluator;
import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.alerts.rule.Sample;
import dev.tideline.alerts.rule.Windows;
import dev.tideline.notify.Transition;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** What a rule says of past windows as the views have them now: all of them complete, judged in one pass. */
public final class Replay {
    /** Over a day there are more instances than in one evaluation. */
    private static final int MOST = 100_000;

    private Replay() {}

    /**
     * The transitions that {@code rule} would have told of windows that begin in [{@code from}, {@code to}); windows before
     * {@code from} only lead up to it, as many as its {@code for} and {@code keep_firing_for} take.
     *
     * @param session with the views
     * @param at taken over into the transitions
     */
    public static List<Transition> of(SparkSession session, Rule rule, Instant from, Instant to, Instant at) {
        Instant lead = Windows.holding(from, rule.window())
                .minus(rule.pendingFor())
                .minus(rule.keepFiringFor())
                .minus(rule.window());
        List<Instant> windows = Windows.between(lead, to, rule.window());
        if (windows.isEmpty()) {
            return List.of();
        }
        Rule wide = rule.withLimit(MOST);
        List<Sample> samples = RuleQuery.samples(session, wide, windows.get(0), to, to);
        return new RuleEvaluator(wide, at)
                        .judge(RuleState.fresh(rule.id(), windows.get(0)), windows, samples, window -> 1, to)
                        .transitions()
                        .stream()
                        .filter(t -> !t.startsAt().isBefore(from)
                                || t.endsAt().map(e -> e.isAfter(from)).orElse(true))
                        .toList();
    }
}
