package dev.tideline.protocol.model;

import dev.tideline.protocol.SourcePartition;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Partial aggregates by (ad, window), of every kind of measure that can be compared exactly: what a rollup's rows hold. */
record Partials(Map<Key, Part> rows) {
    static final Partials NONE = new Partials(Map.of());

    /** @param window minute, or hour, of the day */
    record Key(int ad, int window) {}

    record Part(long count, long sum, long min, long max, Last last, Set<Integer> users) {
        Part merge(Part other) {
            Set<Integer> both = new TreeSet<>(users);
            both.addAll(other.users);
            return new Part(
                    count + other.count,
                    sum + other.sum,
                    Math.min(min, other.min),
                    Math.max(max, other.max),
                    Last.ORDER.compare(last, other.last) >= 0 ? last : other.last,
                    both);
        }
    }

    /** The value of the latest event; ties by where it lay in Kafka. */
    record Last(int second, SourcePartition partition, long offset, int value) {
        static final Comparator<Last> ORDER = Comparator.comparingInt(Last::second)
                .thenComparing(Last::partition)
                .thenComparing(Last::offset);
    }

    /** Of one event, all of whose fields come from its {@code value}; few seconds, so that many events tie. */
    static Partials of(Event event) {
        int value = event.value();
        int second = value % 180 / 20 * 20;
        Last last = new Last(second, event.partition(), event.offset(), value);
        Part part = new Part(1, value, value, value, last, Set.of(value / 7 % 5));
        return new Partials(Map.of(new Key(value % 2, second / 60), part));
    }

    Partials merge(Partials other) {
        Map<Key, Part> both = new HashMap<>(rows);
        other.rows.forEach((key, part) -> both.merge(key, part, Part::merge));
        return new Partials(both);
    }

    /** The merge of the windows {@code wide} at a time. */
    Partials coarser(int wide) {
        return by(rows.entrySet(), e -> new Key(e.getKey().ad(), e.getKey().window() / wide), Map.Entry::getValue);
    }

    /** The same grain, straight from events. */
    static Partials coarse(Collection<Event> events, int wide) {
        return by(
                events,
                e -> new Key(e.value() % 2, e.value() % 180 / 20 * 20 / 60 / wide),
                e -> of(e).rows.values().iterator().next());
    }

    private static <T> Partials by(Iterable<T> parts, Function<T, Key> key, Function<T, Part> part) {
        Map<Key, Part> rows = new HashMap<>();
        parts.forEach(p -> rows.merge(key.apply(p), part.apply(p), Part::merge));
        return new Partials(rows);
    }
}
