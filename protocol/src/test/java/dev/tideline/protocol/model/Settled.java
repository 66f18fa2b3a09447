package dev.tideline.protocol.model;

import java.time.LocalDate;
import java.util.Comparator;

/** A row of the batch table: what one generation holds of its day. */
record Settled<P>(LocalDate day, String generation, P part) {
    static <P> Comparator<Settled<P>> order() {
        return Comparator.comparing(Settled<P>::day).thenComparing(Settled::generation);
    }
}
