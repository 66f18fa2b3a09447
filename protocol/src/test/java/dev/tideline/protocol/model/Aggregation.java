package dev.tideline.protocol.model;

import java.util.Collection;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** What the tables keep of events: a partial aggregate of one, and the merge of two. */
record Aggregation<P>(P none, Function<Event, P> of, BinaryOperator<P> merge) {

    P all(Collection<Event> events) {
        return events.stream().map(of).reduce(none, merge);
    }

    P merged(Collection<P> parts) {
        return parts.stream().reduce(none, merge);
    }
}
