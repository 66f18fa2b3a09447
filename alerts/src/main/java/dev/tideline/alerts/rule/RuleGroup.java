package dev.tideline.alerts.rule;

import java.time.Duration;
import java.util.List;

/**
 * Rules that are evaluated together, over one snapshot of the views.
 *
 * @param interval between two evaluations
 * @param lookback how much of the past the rules see, and how long a pause of the evaluator may be without windows going unjudged
 * @param revisit how old a window may be and still be judged again when late events change it
 */
public record RuleGroup(String name, Duration interval, Duration lookback, Duration revisit, List<Rule> rules) {
    public RuleGroup {
        rules = List.copyOf(rules);
    }
}
