package dev.tideline.alerts.engine;

import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where one instance of a rule stands after a window. All times are starts of windows, in the data's own time (UTC): how long
 * something lasted is counted in windows that have data, never by a wall clock, so a pipeline that lags makes nothing fire.
 *
 * @param activeSince from which window on its condition holds
 * @param firingSince from which window on it fires
 * @param quietSince from which window on its condition does not hold, while it fires on
 * @param value of the last window that was judged
 * @param provisional whether that window's row may still change
 * @param completeness of that window when it was judged
 */
public record AlertState(
        State state,
        Optional<Instant> activeSince,
        Optional<Instant> firingSince,
        Optional<Instant> quietSince,
        Optional<Double> value,
        boolean provisional,
        double completeness) {
    /** As in Prometheus. */
    public enum State {
        INACTIVE,
        PENDING,
        FIRING
    }

    public static final AlertState INACTIVE = new AlertState(
            State.INACTIVE, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false, 0);

    /** Whether its condition does not hold, and it does not fire. */
    public boolean isInactive() {
        return state == State.INACTIVE;
    }

    public boolean isFiring() {
        return state == State.FIRING;
    }

    /**
     * The phase after {@code seen}; this one where the window is not to be judged yet. A window that is not complete can raise
     * an alert (from the rule's completeness on), but to lower one, or to miss a row, it must be complete: else an alert on
     * clicks a minute would be resolved at the beginning of each minute.
     */
    AlertState after(Observation seen, Rule rule) {
        double share = seen.completeness();
        boolean whole = share >= rule.whole();
        if (seen.sample().isEmpty()) {
            return (!whole || rule.noData() == Rule.NoData.KEEP)
                    ? this
                    : next(seen, rule.noData() == Rule.NoData.ALERT, rule);
        }
        boolean active = isActive(seen.sample().get().value(), rule);
        boolean judged = active ? share >= rule.minCompleteness() : whole;
        return judged ? next(seen, active, rule) : this;
    }

    /** The phase when {@code window} is known to be active, whatever rows say. */
    AlertState raised(Instant window, Rule rule) {
        return active(new Observation(window, Optional.empty(), 1), rule.pendingFor());
    }

    private boolean isActive(double value, Rule rule) {
        if (isFiring() && rule.resolveWhen().isPresent()) {
            return !Double.isNaN(value) && !rule.resolveWhen().get().holds(value);
        }
        return rule.condition().holds(value);
    }

    private AlertState next(Observation seen, boolean active, Rule rule) {
        return active ? active(seen, rule.pendingFor()) : quiet(seen, rule.keepFiringFor());
    }

    private AlertState active(Observation seen, Duration pendingFor) {
        Instant since = activeSince.orElse(seen.window());
        boolean fires = isFiring() || Duration.between(since, seen.window()).compareTo(pendingFor) >= 0;
        return of(
                fires ? State.FIRING : State.PENDING,
                Optional.of(since),
                fires ? firingSince.or(() -> Optional.of(seen.window())) : Optional.empty(),
                Optional.empty(),
                seen);
    }

    private AlertState quiet(Observation seen, Duration keepFiringFor) {
        Instant since = quietSince.orElse(seen.window());
        boolean firesOn = isFiring() && Duration.between(since, seen.window()).compareTo(keepFiringFor) < 0;
        return firesOn ? of(State.FIRING, activeSince, firingSince, Optional.of(since), seen) : INACTIVE;
    }

    private static AlertState of(
            State state,
            Optional<Instant> activeSince,
            Optional<Instant> firingSince,
            Optional<Instant> quietSince,
            Observation seen) {
        return new AlertState(
                state,
                activeSince,
                firingSince,
                quietSince,
                seen.sample().map(Sample::value).filter(value -> !Double.isNaN(value)),
                seen.sample().map(Sample::provisional).orElse(false),
                seen.completeness());
    }
}
