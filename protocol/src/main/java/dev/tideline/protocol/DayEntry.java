package dev.tideline.protocol;

import java.util.List;

/**
 * One numbered entry about one day of one feed. The whole of what readers see of the batch layer changes by such entries
 * only, each refused when another one was appended since its writer read the ledger.
 */
public sealed interface DayEntry {

    /** A recompute's result became what readers see of this day. */
    record Published(String generation, Horizon horizon) implements DayEntry {}

    /** An older generation was made current again; the day is held until it is released. */
    record RolledBack(String generation) implements DayEntry {}

    /** An operator let nightly runs publish this day again. */
    record Released() implements DayEntry {}

    /** Partials with {@code after < seq <= to} may from now on stand as one row per key and minute, with seq {@code to}. */
    record Folded(long after, long to) implements DayEntry {}

    /** These generations, and speed rows with {@code seq <= floor}, may be deleted from now on. */
    record Retired(List<String> generations, long floor) implements DayEntry {
        public Retired {
            generations = List.copyOf(generations);
        }
    }

    /** Raw rows below the day's horizon may be deleted from now on; the day is never published again. */
    record Sealed() implements DayEntry {}
}
