package dev.tideline.batch;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayRecord;
import dev.tideline.protocol.DayEntry;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a feed's tables hold of each day, by their lists of files, and what its entries say of generations: looked up once for all days,
 * since of most, however old a lake is, nothing is left to delete.
 *
 * @param speed dates that have speed rows
 * @param raw dates that have raw rows
 * @param generations that the batch tables hold, by date
 * @param published every generation that an entry ever published
 * @param superseded when each generation stopped being the published one, by date
 */
record Leftovers(
        Set<LocalDate> speed,
        Set<LocalDate> raw,
        Map<LocalDate, Set<String>> generations,
        Set<String> published,
        Map<LocalDate, Map<String, Instant>> superseded) {

    static Leftovers of(Lake lake, Feed feed, List<Rollup> rollups) {
        Set<LocalDate> speed = new HashSet<>();
        Map<LocalDate, Set<String>> generations = new HashMap<>();
        for (Rollup rollup : rollups) {
            speed.addAll(lake.speed(rollup).dates());
            for (Grain grain : Grain.values()) {
                for (List<String> values : lake.batch(rollup, grain).partitions("event_date", "generation")) {
                    generations
                            .computeIfAbsent(LocalDate.parse(values.get(0)), date -> new TreeSet<>())
                            .add(values.get(1));
                }
            }
        }
        List<DayRecord> entries = lake.days().records(feed.name());
        Set<String> published = new HashSet<>();
        Map<LocalDate, Map<String, Instant>> superseded = new HashMap<>();
        Map<LocalDate, String> current = new HashMap<>();
        for (DayRecord record : entries) {
            String now;
            if (record.entry() instanceof DayEntry.Published p) {
                published.add(p.generation());
                now = p.generation();
            } else if (record.entry() instanceof DayEntry.RolledBack r) {
                now = r.generation();
            } else {
                continue;
            }
            String before = current.put(record.day(), now);
            if (before != null) {
                superseded
                        .computeIfAbsent(record.day(), date -> new HashMap<>())
                        .put(before, record.at());
            }
        }
        return new Leftovers(speed, lake.raw(feed).dates(), generations, published, superseded);
    }

    boolean hasSpeedRows(LocalDate date) {
        return speed.contains(date);
    }

    boolean hasRawRows(LocalDate date) {
        return raw.contains(date);
    }

    /** Those in the tables. */
    Set<String> generations(LocalDate date) {
        return generations.getOrDefault(date, Set.of());
    }

    /** Those in the tables that nobody published. */
    Set<String> unpublished(LocalDate date) {
        Set<String> unpublished = new TreeSet<>(generations(date));
        unpublished.removeAll(published);
        return unpublished;
    }

    Map<String, Instant> supersededAt(LocalDate date) {
        return superseded.getOrDefault(date, Map.of());
    }
}
