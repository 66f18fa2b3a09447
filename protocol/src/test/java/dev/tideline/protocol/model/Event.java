package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/** One copy of one event as it lies in Kafka: two copies are duplicates when they have the same id and day. */
record Event(SourcePartition partition, long offset, LocalDate day, String id, long timestamp, int value) {
    static final Comparator<Event> WINNER_FIRST = Comparator.comparingLong(Event::timestamp)
            .thenComparing(Event::partition)
            .thenComparing(Event::offset);

    /** Of each id the copy that counts, given copies of one day. */
    static Collection<Event> winners(Iterable<Event> copies) {
        Map<String, Event> winners = new LinkedHashMap<>();
        for (Event copy : copies) {
            winners.merge(copy.id, copy, (a, b) -> WINNER_FIRST.compare(a, b) <= 0 ? a : b);
        }
        return winners.values();
    }

    boolean isBelow(Cut cut) {
        return cut.covers(partition, offset);
    }
}
