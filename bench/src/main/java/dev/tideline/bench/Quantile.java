package dev.tideline.bench;

import java.util.List;

/** Of measured values, by rank. */
final class Quantile {
    private Quantile() {}

    /** The first value that more than {@code percent} of them lie below or beside. */
    static double of(List<Double> values, int percent) {
        return values.stream()
                .sorted()
                .skip((long) values.size() * percent / 100)
                .findFirst()
                .orElseThrow();
    }
}
