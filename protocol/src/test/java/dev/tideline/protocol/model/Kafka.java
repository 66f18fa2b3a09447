package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The topic.
 *
 * @param events every copy that ever arrived
 * @param gone those that Kafka no longer has
 * @param earliest of each partition that can be read, the first offset that Kafka still has
 * @param end of each partition that can be read, the offset after its last record
 */
record Kafka(List<Event> events, Set<Event> gone, Cut earliest, Cut end) {

    static Kafka of(List<Event> events) {
        Map<SourcePartition, Long> end = new TreeMap<>();
        Map<SourcePartition, Long> earliest = new TreeMap<>();
        events.forEach(e -> {
            end.merge(e.partition(), e.offset() + 1, Math::max);
            earliest.put(e.partition(), 0L);
        });
        return new Kafka(List.copyOf(events), Set.of(), new Cut(earliest), new Cut(end));
    }

    /** What a reader finds from {@code from} up to {@code cut} on the partitions of {@code cut} that it may read. */
    List<Event> between(Cut from, Cut cut) {
        return events.stream()
                .filter(e -> e.isBelow(cut) && !e.isBelow(from) && end.offsets().containsKey(e.partition()))
                .filter(e -> !gone.contains(e))
                .toList();
    }

    /** With another copy of an event. */
    Kafka plus(Event event) {
        List<Event> more = new java.util.ArrayList<>(events);
        more.add(event);
        Map<SourcePartition, Long> ends = new TreeMap<>(end.offsets());
        ends.put(event.partition(), event.offset() + 1);
        return new Kafka(List.copyOf(more), gone, earliest, new Cut(ends));
    }

    /** With one more partition. */
    Kafka plus(SourcePartition partition) {
        Cut empty = new Cut(Map.of(partition, 0L));
        return new Kafka(events, gone, earliest.orElse(empty), end.orElse(empty));
    }

    /** Without the records of {@code partition} below {@code offset}. */
    Kafka expired(SourcePartition partition, long offset) {
        Map<SourcePartition, Long> first = new TreeMap<>(earliest.offsets());
        first.put(partition, offset);
        Set<Event> more = new HashSet<>(gone);
        events.stream()
                .filter(e -> e.partition().equals(partition) && e.offset() < offset)
                .forEach(more::add);
        return new Kafka(events, Set.copyOf(more), new Cut(first), end);
    }

    /** The topic deleted and made again with two empty partitions. */
    Kafka recreated(String topicId) {
        Kafka none = new Kafka(events, Set.copyOf(events), Cut.NOTHING, Cut.NOTHING);
        return none.plus(new SourcePartition("clicks", topicId, 0)).plus(new SourcePartition("clicks", topicId, 1));
    }
}
