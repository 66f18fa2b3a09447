package dev.tideline.protocol.model;

import java.time.LocalDate;
import java.util.Comparator;

/** A row of a stream's table: what one micro-batch holds of one day. */
record Row<P>(LocalDate day, long seq, String run, P part) {
    static <P> Comparator<Row<P>> order() {
        return Comparator.comparing(Row<P>::day).thenComparing(Row::seq).thenComparing(Row::run);
    }

    static Comparator<Row<Event>> eventOrder() {
        return Row.<Event>order()
                .thenComparing(r -> r.part().partition())
                .thenComparing(r -> r.part().offset());
    }
}
