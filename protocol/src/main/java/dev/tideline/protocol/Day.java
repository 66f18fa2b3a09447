package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the entries of one day (UTC, by event time) of one feed add up to.
 *
 * @param entries how many entries there are; the next one has number {@code entries + 1}
 * @param current the published generation, if any
 * @param kept the generations that a rollback can return to, with their horizons, oldest first; holds the current one
 * @param retired the generations that may be deleted
 * @param foldedTo the highest seq that a fold may have written, 0 for none
 * @param folds the micro-batches that folds may have merged into one row per key, which a horizon cannot part any more
 * @param intents the horizons that recomputes under way mean to publish
 * @param floor speed rows up to this seq may be deleted
 * @param held a rollback stands and has not been released
 * @param sealed raw rows may be gone
 * @param unsafe how many entries may have changed tables under a running reader (folded, retired)
 */
public record Day(
        long entries,
        Optional<String> current,
        Map<String, Horizon> kept,
        Set<String> retired,
        long foldedTo,
        List<Seqs> folds,
        Intents intents,
        long floor,
        boolean held,
        boolean sealed,
        long unsafe) {
    /** A day that nobody has written about. */
    public static final Day NEW =
            new Day(0, Optional.empty(), Map.of(), Set.of(), 0, List.of(), Intents.NONE, 0, false, false, 0);

    public Day {
        kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
        retired = Set.copyOf(retired);
        folds = List.copyOf(folds);
    }

    /** What {@link #next} may change; it begins as the day was. */
    static final class Draft {
        Optional<String> current;
        final Map<String, Horizon> kept;
        final Set<String> retired;
        long foldedTo;
        final List<Seqs> folds;
        Intents intents;
        long floor;
        boolean held;
        boolean sealed;
        long unsafe;

        private Draft(Day day) {
            current = day.current;
            kept = new LinkedHashMap<>(day.kept);
            retired = new HashSet<>(day.retired);
            foldedTo = day.foldedTo;
            folds = new ArrayList<>(day.folds);
            intents = day.intents;
            floor = day.floor;
            held = day.held;
            sealed = day.sealed;
            unsafe = day.unsafe;
        }
    }

    /** The day after one more entry, which changes it so. */
    Day next(Consumer<Draft> entry) {
        Draft d = new Draft(this);
        entry.accept(d);
        return new Day(
                entries + 1,
                d.current,
                d.kept,
                d.retired,
                d.foldedTo,
                d.folds,
                d.intents,
                d.floor,
                d.held,
                d.sealed,
                d.unsafe);
    }

    /** The day that all of its entries, in order, add up to. */
    public static Day of(List<? extends DayEntry> entries) {
        Day day = NEW;
        for (DayEntry entry : entries) {
            day = entry.applyTo(day);
        }
        return day;
    }

    /** The horizon of the published generation: readers take the batch below it and the speed layer beyond. */
    public Optional<Horizon> horizon() {
        return current.map(kept::get);
    }

    /** Whether a reader counts this day's speed rows of {@code seq}: those beyond the horizon, all when there is none. */
    public boolean showsSpeed(long seq) {
        return horizon().map(h -> seq > h.seq()).orElse(true);
    }

    /** Whether a reader counts rows of {@code generation}. */
    public boolean showsBatch(String generation) {
        return current.isPresent() && current.get().equals(generation);
    }

    /**
     * Why a recompute that would settle at {@code horizon} need not begin; empty when it may. The ledgers as they stand now may
     * have a later horizon that is not refused.
     */
    public Optional<String> refusesIntent(Horizon horizon) {
        if (sealed) {
            return Optional.of("the day is sealed: its raw rows may be gone");
        }
        if (held) {
            return Optional.of("the day is held by a rollback (release it first)");
        }
        long published = horizon().map(Horizon::seq).orElse(0L);
        if (horizon.seq() < published) {
            return Optional.of("its horizon, seq %d, is below the day's, seq %d".formatted(horizon.seq(), published));
        }
        return folds.stream()
                .filter(fold -> fold.areSplitBy(horizon.seq()))
                .map(fold -> "its horizon, seq %d, is inside what was folded from seq %d to %d"
                        .formatted(horizon.seq(), fold.after() + 1, fold.to()))
                .findFirst();
    }

    /** Why {@code generation}, settled at {@code horizon}, may not be published; empty when it may. */
    public Optional<String> refusesPublish(String generation, Horizon horizon) {
        if (retired.contains(generation)) {
            return Optional.of("generation " + generation + " was retired");
        }
        if (kept.containsKey(generation)) {
            return Optional.of("generation " + generation + " was published before");
        }
        return refusesIntent(horizon);
    }

    /** Why readers may not be sent back to {@code generation}; empty when they may. */
    public Optional<String> refusesRollback(String generation) {
        if (sealed) {
            return Optional.of("the day is sealed");
        }
        if (retired.contains(generation)) {
            return Optional.of("generation " + generation + " was retired");
        }
        if (!kept.containsKey(generation)) {
            return Optional.of("there is no generation " + generation + " of this day"
                    + (kept.isEmpty() ? "" : " (there are " + String.join(", ", kept.keySet()) + ")"));
        }
        if (kept.get(generation).seq() < floor) {
            return Optional.of("speed rows beyond its horizon are gone");
        }
        if (showsBatch(generation)) {
            return Optional.of("generation " + generation + " is the published one");
        }
        return Optional.empty();
    }

    /**
     * What may be folded up to {@code covered} (the latest recorded speed cut that the archive covers): the partials beyond
     * every horizon that is published or kept for rollback, parted at each that a recompute means to publish.
     */
    public Optional<DayEntry.Folded> fold(Horizon covered) {
        Seqs beyond = new Seqs(
                Math.max(
                        floor,
                        kept.values().stream().mapToLong(Horizon::seq).max().orElse(0)),
                covered.seq());
        return covered.seq() > beyond.after() && covered.seq() >= foldedTo
                ? Optional.of(new DayEntry.Folded(beyond.after(), beyond.to(), intents.splitting(beyond)))
                : Optional.empty();
    }

    /**
     * What may be deleted once this is announced: the generations that {@code superseded} picks, never the current one, and
     * the speed rows below every horizon that is left. Empty when that is nothing new.
     *
     * @param others generations found in the tables that were never published
     */
    public Optional<DayEntry.Retired> retire(Predicate<String> superseded, Set<String> others) {
        List<String> gone = kept.keySet().stream()
                .filter(generation -> !showsBatch(generation) && superseded.test(generation))
                .toList();
        Set<String> all = new HashSet<>(gone);
        others.stream()
                .filter(g -> !kept.containsKey(g) && !retired.contains(g))
                .forEach(all::add);
        long lowest = kept.entrySet().stream()
                .filter(e -> !gone.contains(e.getKey()))
                .mapToLong(e -> e.getValue().seq())
                .min()
                .orElse(0);
        if (all.isEmpty() && lowest <= floor) {
            return Optional.empty();
        }
        return Optional.of(new DayEntry.Retired(all.stream().sorted().toList(), Math.max(floor, lowest)));
    }

    /** Why raw rows of this day may not be dropped yet; empty when they may. */
    public Optional<String> refusesSeal() {
        if (sealed) {
            return Optional.of("the day is sealed already");
        }
        if (held) {
            return Optional.of("the day is held by a rollback, which would stand for ever");
        }
        return current.isEmpty() ? Optional.of("the day was never published") : Optional.empty();
    }
}
