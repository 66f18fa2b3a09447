package dev.tideline.protocol.model;

import java.util.StringJoiner;

/** How often each copy of an event is counted, up to seven copies, told apart by {@code value}: the finest aggregate. */
record Bag(long counts) {
    static final Bag EMPTY = new Bag(0);
    static final Aggregation<Bag> AGGREGATION =
            new Aggregation<>(EMPTY, e -> new Bag(1L << (8 * e.value())), (a, b) -> new Bag(a.counts + b.counts));

    int count(Event event) {
        return (int) (counts >> (8 * event.value())) & 0xff;
    }

    Bag without(Event event) {
        return new Bag(counts & ~(0xffL << (8 * event.value())));
    }

    @Override
    public String toString() {
        StringJoiner copies = new StringJoiner(" ", "{", "}");
        for (int i = 0; i < 8; i++) {
            long count = counts >> (8 * i) & 0xff;
            if (count > 0) {
                copies.add("copy " + i + (count > 1 ? " x" + count : ""));
            }
        }
        return copies.toString();
    }
}
