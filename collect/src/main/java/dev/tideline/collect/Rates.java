package dev.tideline.collect;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** Turns counters that only grow into rates per second between two samples of one source. */
final class Rates {
    private final Map<String, Long> last = new HashMap<>();
    private long lastNanos;
    private long nowNanos;

    /** Begins a sample that is taken at {@code nanos} of the system's timer. */
    void tick(long nanos) {
        lastNanos = nowNanos;
        nowNanos = nanos;
    }

    /** Growth per second since the last sample; none at a counter's first sample or after it went back. */
    OptionalDouble perSecond(String counter, long value) {
        Long before = last.put(counter, value);
        if (before == null || value < before || nowNanos <= lastNanos) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((value - before) * 1e9 / (nowNanos - lastNanos));
    }
}
