package dev.tideline.laws;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One record of a {@link FakeTopic}.
 *
 * @param sample what it says; null for a record that is to be rejected
 */
record Event(int partition, long offset, Instant timestamp, String payload, Sample sample) {
    private static final Comparator<Event> FIRST = Comparator.comparing(Event::timestamp)
            .thenComparing(Event::partition)
            .thenComparing(Event::offset);

    boolean accepted() {
        return sample != null;
    }

    /** Without duplicates: of those with one id on one date, the first by Kafka timestamp, partition, offset. */
    static List<Event> winners(List<Event> events) {
        Map<List<Object>, Event> winners = new HashMap<>();
        for (Event event : events) {
            winners.merge(
                    List.of(event.sample.id(), event.sample.date()), event, (a, b) -> FIRST.compare(a, b) <= 0 ? a : b);
        }
        return new ArrayList<>(winners.values());
    }
}
