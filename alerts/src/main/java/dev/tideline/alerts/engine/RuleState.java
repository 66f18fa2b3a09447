package dev.tideline.alerts.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that is remembered of a rule.
 *
 * @param rule its id
 * @param since start of the first window that it judged (UTC)
 * @param settled windows before this are in each instance's base and are not judged again
 * @param judged start of the newest complete window that was looked at
 * @param instances that are pending or fire
 * @param problem why its last evaluation failed
 */
public record RuleState(
        String rule,
        Instant since,
        Instant settled,
        Instant judged,
        List<Instance> instances,
        Optional<String> problem) {
    public RuleState {
        instances = List.copyOf(instances);
    }

    /** Of a rule that has not been evaluated yet: windows from {@code from} on will be. */
    public static RuleState fresh(String rule, Instant from) {
        return new RuleState(rule, from, from, from.minusMillis(1), List.of(), Optional.empty());
    }
}
