package dev.tideline.alerts.engine;

import dev.tideline.alerts.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What became of one instance over some windows.
 *
 * @param last its phase after them
 * @param episodes the times it fired, oldest first; the first may have begun before them
 */
public record Timeline(AlertState last, List<Episode> episodes) {
    public Timeline {
        episodes = List.copyOf(episodes);
    }

    /**
     * The course of {@code windows} from {@code base} on.
     *
     * @param base phase before the first window
     * @param windows one observation each, oldest first
     */
    public static Timeline of(Rule rule, AlertState base, List<Observation> windows) {
        List<Episode> episodes = new ArrayList<>();
        AlertState phase = base;
        for (Observation seen : windows) {
            AlertState next = phase.after(seen, rule);
            if (phase.isFiring() && !next.isFiring()) {
                episodes.add(new Episode(phase.firingSince().orElseThrow(), Optional.of(seen.window()), phase));
            }
            phase = next;
        }
        if (phase.isFiring()) {
            episodes.add(new Episode(phase.firingSince().orElseThrow(), Optional.empty(), phase));
        }
        return new Timeline(phase, episodes);
    }
}
