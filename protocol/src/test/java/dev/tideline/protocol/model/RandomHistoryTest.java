package dev.tideline.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.DayEntry;
import java.util.EnumSet;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Law 1 over many random histories of all that can happen, checked after every move: wider than the small scopes, and not
 * complete. {@code -Dtideline.histories} and {@code -Dtideline.steps} say how many and how long;
 * {@code -Dtideline.seed=N} replays one and prints what happened.
 */
class RandomHistoryTest {
    private static final int HISTORIES =
            Integer.getInteger("tideline.histories", Boolean.getBoolean("tideline.long") ? 50_000 : 5_000);
    private static final int STEPS = Integer.getInteger("tideline.steps", 50);

    @Test
    void theViewIsTheBruteForceAggregateAfterEveryStepOfEveryHistory() {
        Long one = Long.getLong("tideline.seed");
        if (one != null) {
            History history = new History(one, (before, after) -> System.out.println(Trace.step(before, after)));
            history.run(STEPS);
            history.settle();
            return;
        }
        long start = System.nanoTime();
        Map<String, Long> seen = new TreeMap<>();
        for (long seed = 1; seed <= HISTORIES; seed++) {
            History history = new History(seed, (before, after) -> {});
            try {
                history.run(STEPS);
                history.settle();
            } catch (LawBroken broken) {
                throw new AssertionError(replay(seed, broken), broken);
            }
            count(history.world(), seen);
        }
        System.out.printf(
                "%,d histories of %d steps in %.1f s: %s%n", HISTORIES, STEPS, (System.nanoTime() - start) / 1e9, seen);
        assertThat(seen.keySet())
                .as("what happened in some history")
                .contains("Intends", "Published", "RolledBack", "Released", "Folded", "Retired", "Sealed", "catch-up");
    }

    @Test
    void aRuleThatIsBrokenShowsWithinAFewHistories() {
        for (Lapse lapse : EnumSet.of(Lapse.FOLDS_ACROSS_HORIZONS, Lapse.INTENDS_NOTHING, Lapse.PRUNES_BY_AGE)) {
            assertThatThrownBy(() -> {
                        for (long seed = 1; seed <= 2_000; seed++) {
                            new History(seed, EnumSet.of(lapse), (before, after) -> {}).run(STEPS);
                        }
                    })
                    .as(lapse.name())
                    .isInstanceOf(LawBroken.class)
                    .hasMessageFindingMatch("law 1|liveness");
        }
    }

    private static String replay(long seed, LawBroken broken) {
        StringJoiner steps = new StringJoiner("\n");
        History history = new History(seed, (before, after) -> steps.add(Trace.step(before, after)));
        try {
            history.run(STEPS);
            history.settle();
        } catch (LawBroken again) {
            return "%s%nin history %d (-Dtideline.seed=%d replays it):%n%s"
                    .formatted(again.getMessage(), seed, seed, steps);
        }
        return "history %d broke a law once and not again: %s".formatted(seed, broken.getMessage());
    }

    private static void count(World<?> world, Map<String, Long> seen) {
        seen.merge("events", (long) world.kafka.events().size(), Long::sum);
        seen.merge("speed records", (long) world.speed.rows().size(), Long::sum);
        seen.merge("archive records", (long) world.archive.rows().size(), Long::sum);
        world.speed.rows().stream()
                .filter(r -> r.run().startsWith(CatchUp.RUN))
                .forEach(r -> seen.merge("catch-up", 1L, Long::sum));
        world.days
                .values()
                .forEach(entries -> entries.rows().forEach(e -> {
                    DayEntry entry = e.entry();
                    seen.merge(entry.getClass().getSimpleName(), 1L, Long::sum);
                }));
    }
}
