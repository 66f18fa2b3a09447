package dev.tideline.protocol;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One numbered entry about one day of one feed. The whole of what readers see of the batch layer changes by such entries
 * only, each refused when another one was appended since its writer read the ledger.
 */
public sealed interface DayEntry {
    /** The day after this entry, which has the number after the day's last one. */
    Day applyTo(Day day);

    /** A recompute's result became what readers see of this day. */
    record Published(String generation, Horizon horizon) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            Map<String, Horizon> kept = new LinkedHashMap<>(day.kept());
            kept.put(generation, horizon);
            return new Day(
                    day.entries() + 1,
                    Optional.of(generation),
                    kept,
                    day.retired(),
                    day.foldedTo(),
                    day.floor(),
                    day.held(),
                    day.sealed(),
                    day.unsafe());
        }
    }

    /** An older generation was made current again; the day is held until it is released. */
    record RolledBack(String generation) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return new Day(
                    day.entries() + 1,
                    Optional.of(generation),
                    day.kept(),
                    day.retired(),
                    day.foldedTo(),
                    day.floor(),
                    true,
                    day.sealed(),
                    day.unsafe());
        }
    }

    /** An operator let nightly runs publish this day again. */
    record Released() implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return new Day(
                    day.entries() + 1,
                    day.current(),
                    day.kept(),
                    day.retired(),
                    day.foldedTo(),
                    day.floor(),
                    false,
                    day.sealed(),
                    day.unsafe());
        }
    }

    /** Partials with {@code after < seq <= to} may from now on stand as one row per key and minute, with seq {@code to}. */
    record Folded(long after, long to) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return new Day(
                    day.entries() + 1,
                    day.current(),
                    day.kept(),
                    day.retired(),
                    Math.max(day.foldedTo(), to),
                    day.floor(),
                    day.held(),
                    day.sealed(),
                    day.unsafe() + 1);
        }
    }

    /** These generations, and speed rows with {@code seq <= floor}, may be deleted from now on. */
    record Retired(List<String> generations, long floor) implements DayEntry {
        public Retired {
            generations = List.copyOf(generations);
        }

        @Override
        public Day applyTo(Day day) {
            Map<String, Horizon> kept = new LinkedHashMap<>(day.kept());
            kept.keySet().removeAll(generations);
            Set<String> gone = new HashSet<>(day.retired());
            gone.addAll(generations);
            return new Day(
                    day.entries() + 1,
                    day.current(),
                    kept,
                    gone,
                    day.foldedTo(),
                    Math.max(day.floor(), floor),
                    day.held(),
                    day.sealed(),
                    day.unsafe() + 1);
        }
    }

    /** Raw rows below the day's horizon may be deleted from now on; the day is never published again. */
    record Sealed() implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return new Day(
                    day.entries() + 1,
                    day.current(),
                    day.kept(),
                    day.retired(),
                    day.foldedTo(),
                    day.floor(),
                    day.held(),
                    true,
                    day.unsafe());
        }
    }
}
