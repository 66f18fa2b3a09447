package dev.tideline.ledger;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The days (UTC) of one feed, as their entries have made them. Never changed: later entries make another one, which takes time
 * for their days only.
 */
public final class FeedDays {
    /** A feed of which nothing was ever written. */
    public static final FeedDays NONE = new FeedDays(Map.of(), Map.of(), Map.of());

    private final Map<LocalDate, List<DayRecord>> entries;
    private final Map<LocalDate, Day> days;
    private final Map<LocalDate, DayRecord> published;
    private final Map<LocalDate, Map<String, String>> rollups;

    private FeedDays(
            Map<LocalDate, List<DayRecord>> entries, Map<LocalDate, Day> days, Map<LocalDate, DayRecord> published) {
        this.entries = entries;
        this.days = Map.copyOf(days);
        this.published = Collections.unmodifiableMap(published);
        Map<LocalDate, Map<String, String>> prints = new TreeMap<>();
        published.forEach((day, record) -> prints.put(day, record.rollups()));
        this.rollups = Collections.unmodifiableMap(prints);
    }

    /** The days that these entries, oldest first for each day, make. */
    public static FeedDays of(Collection<DayRecord> entries) {
        return NONE.with(entries);
    }

    /** The days after {@code newer} entries too, oldest first for each day. */
    FeedDays with(Collection<DayRecord> newer) {
        Map<LocalDate, List<DayRecord>> added = new HashMap<>();
        newer.forEach(entry ->
                added.computeIfAbsent(entry.day(), day -> new ArrayList<>()).add(entry));
        Map<LocalDate, List<DayRecord>> nextEntries = new TreeMap<>(entries);
        Map<LocalDate, Day> nextDays = new TreeMap<>(days);
        Map<LocalDate, DayRecord> nextPublished = new TreeMap<>(published);
        added.forEach((date, more) -> {
            List<DayRecord> all = new ArrayList<>(entries.getOrDefault(date, List.of()));
            all.addAll(more);
            Day day = days.getOrDefault(date, Day.NEW);
            for (DayRecord entry : more) {
                day = entry.entry().applyTo(day);
            }
            nextEntries.put(date, List.copyOf(all));
            nextDays.put(date, day);
            nextPublished.remove(date);
            for (DayRecord entry : all) {
                if (entry.entry() instanceof DayEntry.Published p && day.showsBatch(p.generation())) {
                    nextPublished.put(date, entry);
                }
            }
        });
        return new FeedDays(nextEntries, nextDays, nextPublished);
    }

    /** What each day that has entries adds up to, in no order. */
    public Map<LocalDate, Day> days() {
        return days;
    }

    /** What {@code day} adds up to, {@link Day#NEW} where it has no entries. */
    public Day day(LocalDate day) {
        return days.getOrDefault(day, Day.NEW);
    }

    /** For each day of which readers see a generation, the entry that published it; oldest day first. */
    public Map<LocalDate, DayRecord> published() {
        return published;
    }

    /** For each day of which readers see a generation, the fingerprints of the rollups that it holds. */
    public Map<LocalDate, Map<String, String>> rollups() {
        return rollups;
    }

    /** The entries of {@code day}, oldest first. */
    public List<DayRecord> entries(LocalDate day) {
        return entries.getOrDefault(day, List.of());
    }

    /** Every entry, by day, oldest first. */
    public List<DayRecord> entries() {
        return entries.values().stream().flatMap(List::stream).toList();
    }
}
