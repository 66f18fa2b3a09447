package dev.tideline.embedded;

import dev.tideline.embedded.ClickRollup.Grain;
import dev.tideline.embedded.ClickRollup.Row;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a perfect system would answer about the clicks that were sent, by plain loops over what the generator meant;
 * no payload is read and no code of the product used. It holds one small object for each distinct event.
 *
 * <p>Two accepted records are duplicates when they have the same event id and the same UTC date; the least by (Kafka
 * timestamp, partition, offset) wins, whatever {@code is_valid} says, and only then are invalid ones left out. One truth
 * is about one topic.
 */
public final class ClickTruth {
    private static final long DAY = 86_400_000;

    private final long seed;
    private final Map<Fate, Long> fates = new EnumMap<>(Fate.class);
    private final TreeMap<LocalDate, Long> acceptedByDate = new TreeMap<>();
    private final Map<Long, Winner> winners = new HashMap<>();

    public ClickTruth(long seed) {
        this.seed = seed;
    }

    /** An accepted click that stands for all its copies, with the coordinates of its record. */
    record Winner(Click click, long kafkaTimestampMs, int partition, long offset) {
        private static final Comparator<Winner> FIRST = Comparator.comparingLong(Winner::kafkaTimestampMs)
                .thenComparingInt(Winner::partition)
                .thenComparingLong(Winner::offset);

        Winner orEarlier(Winner other) {
            return FIRST.compare(this, other) <= 0 ? this : other;
        }
    }

    /**
     * Adds a record that the broker has taken.
     *
     * @param offset of the record in its partition
     */
    public synchronized void add(Sent sent, long offset) {
        fates.merge(sent.fate(), 1L, Long::sum);
        if (sent.fate() == Fate.ACCEPTED) {
            acceptedByDate.merge(date(sent.click()), 1L, Long::sum);
            keep(new Winner(sent.click(), sent.kafkaTimestampMs(), sent.partition(), offset));
        }
    }

    void keep(Winner winner) {
        winners.merge(eventAndDate(winner.click()), winner, Winner::orEarlier);
    }

    /** All rows of a rollup that are not empty, by window and dimensions. */
    public synchronized List<Row> rows(ClickRollup rollup, Grain grain) {
        record Key(Instant windowStart, List<String> dimensions) {}
        Map<Key, List<Click>> groups = new HashMap<>();
        for (Winner winner : winners.values()) {
            Click click = winner.click();
            if (click.isValid()) {
                Key key = new Key(grain.windowStart(click), rollup.key(click));
                groups.computeIfAbsent(key, k -> new ArrayList<>(2)).add(click);
            }
        }
        List<Row> rows = new ArrayList<>();
        groups.forEach((key, clicks) -> rows.add(new Row(
                key.windowStart(),
                key.dimensions(),
                clicks.size(),
                rollup == ClickRollup.CLICKS_BY_SEGMENT ? users(clicks) : cost(clicks))));
        rows.sort(Comparator.comparing(Row::windowStart).thenComparing(Row::dimensions, ClickTruth::compare));
        return rows;
    }

    private static int compare(List<String> some, List<String> others) {
        int order = 0;
        for (int i = 0; order == 0 && i < some.size(); i++) {
            order = some.get(i).compareTo(others.get(i));
        }
        return order;
    }

    private static long cost(List<Click> clicks) {
        long sum = 0;
        for (Click click : clicks) {
            sum += click.costMicros();
        }
        return sum;
    }

    private static long users(List<Click> clicks) {
        Set<Integer> users = new HashSet<>();
        for (Click click : clicks) {
            if (click.user() != 0) {
                users.add(click.user());
            }
        }
        return users.size();
    }

    /** This truth about the events of one UTC date. Rejected records have no date to go by and are left out. */
    public synchronized ClickTruth on(LocalDate date) {
        ClickTruth day = new ClickTruth(seed);
        if (acceptedByDate.containsKey(date)) {
            day.countAccepted(date, acceptedByDate.get(date));
        }
        for (Winner winner : winners.values()) {
            if (date(winner.click()).equals(date)) {
                day.keep(winner);
            }
        }
        return day;
    }

    /** The UTC dates of accepted events. */
    public synchronized SortedSet<LocalDate> dates() {
        return new TreeSet<>(acceptedByDate.keySet());
    }

    /** The seed of the generator. */
    public long seed() {
        return seed;
    }

    /** Records sent: accepted and rejected. */
    public synchronized long sent() {
        return fates.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Records that the feed must take, copies included. */
    public synchronized long accepted() {
        return fates.getOrDefault(Fate.ACCEPTED, 0L);
    }

    /** Records that the feed must refuse, by reason; a reason that did not occur is absent. */
    public synchronized Map<Fate, Long> rejected() {
        Map<Fate, Long> rejected = new EnumMap<>(fates);
        rejected.remove(Fate.ACCEPTED);
        return rejected;
    }

    /** Accepted records that another copy stands for. */
    public synchronized long duplicates() {
        return accepted() - winners.size();
    }

    /** Distinct events that {@code is_valid} leaves out of the rollups. */
    public synchronized long filtered() {
        return winners.values().stream()
                .filter(winner -> !winner.click().isValid())
                .count();
    }

    /** Distinct events that the rollups count: accepted = counted + duplicates + filtered. */
    public synchronized long counted() {
        return winners.size() - filtered();
    }

    synchronized Collection<Winner> winners() {
        return List.copyOf(winners.values());
    }

    synchronized Map<LocalDate, Long> acceptedByDate() {
        return new TreeMap<>(acceptedByDate);
    }

    void countAccepted(LocalDate date, long count) {
        acceptedByDate.merge(date, count, Long::sum);
        fates.merge(Fate.ACCEPTED, count, Long::sum);
    }

    void countRejected(Fate fate, long count) {
        fates.merge(fate, count, Long::sum);
    }

    private static LocalDate date(Click click) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(click.eventTimeMs()), ZoneOffset.UTC);
    }

    /** An event's number and UTC date in one number: days since 1970 fit 16 bits until the year 2149. */
    private static long eventAndDate(Click click) {
        return click.number() << 16 | (Math.floorDiv(click.eventTimeMs(), DAY) & 0xffff);
    }
}
