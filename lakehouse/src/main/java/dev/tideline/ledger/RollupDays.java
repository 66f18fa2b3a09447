package dev.tideline.ledger;

import dev.tideline.protocol.Days;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * How readers of one rollup, as it is defined now, see each day (UTC).
 *
 * @param predecessors for each other definition of it that days are read by, its fingerprint, the measures that it lacks
 * @param others how they see a day of which nothing is known
 * @param known how they see the days that they see otherwise
 */
public record RollupDays(
        SortedMap<String, SortedSet<String>> predecessors,
        Optional<Sources> others,
        SortedMap<LocalDate, Optional<Sources>> known) {
    /** Every day is of the present definition. */
    public static final RollupDays ALL = new RollupDays(new TreeMap<>(), Optional.of(Sources.PRESENT), new TreeMap<>());

    public RollupDays {
        predecessors = Collections.unmodifiableSortedMap(new TreeMap<>(predecessors));
        known = Collections.unmodifiableSortedMap(new TreeMap<>(known));
    }

    /**
     * Where a day's events are: in tables of the present definition and of these others.
     *
     * @param predecessors fingerprints of the others
     * @param missing measures that some of them lack, so that the day has no number for them
     */
    public record Sources(SortedSet<String> predecessors, SortedSet<String> missing) {
        static final Sources PRESENT = new Sources(new TreeSet<>(), new TreeSet<>());

        public Sources {
            predecessors = Collections.unmodifiableSortedSet(new TreeSet<>(predecessors));
            missing = Collections.unmodifiableSortedSet(new TreeSet<>(missing));
        }
    }

    /** How {@code day} is seen; empty when not at all, since some of its events are in no table that goes with this definition. */
    public Optional<Sources> of(LocalDate day) {
        return known.getOrDefault(day, others);
    }

    /** Whether {@code day} is seen with every measure. */
    public boolean isWhole(LocalDate day) {
        return of(day).filter(sources -> sources.missing().isEmpty()).isPresent();
    }

    /** The days that are seen. */
    public Days available() {
        return days(Optional::isPresent);
    }

    /** The days for which tables of the definition {@code predecessor} are read too. */
    public Days readBy(String predecessor) {
        return days(sources ->
                sources.filter(s -> s.predecessors().contains(predecessor)).isPresent());
    }

    /** For each measure that is missing on some days, those days. */
    public SortedMap<String, Days> missing() {
        SortedMap<String, Days> missing = new TreeMap<>();
        predecessors
                .values()
                .forEach(lacked -> lacked.forEach(measure -> missing.computeIfAbsent(
                        measure,
                        m -> days(sources ->
                                sources.filter(s -> s.missing().contains(m)).isPresent()))));
        return missing;
    }

    private Days days(Predicate<Optional<Sources>> wanted) {
        boolean usual = wanted.test(others);
        List<LocalDate> otherwise = new ArrayList<>();
        known.forEach((day, sources) -> {
            if (wanted.test(sources) != usual) {
                otherwise.add(day);
            }
        });
        return usual ? Days.allBut(otherwise) : Days.only(otherwise);
    }

    /** {@link RollupDays} of the sources of many days. */
    static RollupDays of(
            Map<String, SortedSet<String>> predecessors,
            Optional<Sources> others,
            Map<LocalDate, Optional<Sources>> days) {
        SortedMap<LocalDate, Optional<Sources>> known = new TreeMap<>(days);
        known.values().removeIf(others::equals);
        SortedMap<String, SortedSet<String>> used = new TreeMap<>(predecessors);
        used.keySet()
                .removeIf(print -> java.util.stream.Stream.concat(
                                java.util.stream.Stream.of(others), known.values().stream())
                        .noneMatch(
                                sources -> sources.filter(s -> s.predecessors().contains(print))
                                        .isPresent()));
        return new RollupDays(used, others, known);
    }
}
