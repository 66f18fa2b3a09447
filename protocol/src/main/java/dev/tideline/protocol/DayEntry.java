package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One numbered entry about one day of one feed. The whole of what readers see of the batch layer changes by such entries
 * only, each refused when another one was appended since its writer read the ledger.
 */
public sealed interface DayEntry {
    /** The day after this entry, which has the number after the day's last one. */
    Day applyTo(Day day);

    /** A recompute means to publish this day, settled at the micro-batch {@code seq}: later folds leave that boundary standing. */
    record Intends(long seq) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return day.next(next -> next.intents = next.intents.then(seq));
        }
    }

    /** A recompute's result became what readers see of this day. */
    record Published(String generation, Horizon horizon) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return day.next(next -> {
                next.current = Optional.of(generation);
                next.kept.put(generation, horizon);
                next.intents = next.intents.beyond(horizon.seq());
            });
        }
    }

    /** An older generation was made current again; the day is held until it is released. */
    record RolledBack(String generation) implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return day.next(next -> {
                next.current = Optional.of(generation);
                next.held = true;
            });
        }
    }

    /** An operator let nightly runs publish this day again. */
    record Released() implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return day.next(next -> next.held = false);
        }
    }

    /**
     * Partials with {@code after < seq <= to} may from now on stand as one row per key and minute for each of {@link #parts}, with
     * the seq that ends the part.
     *
     * @param cuts the seqs between, ascending, at which the fold is parted; none in entries from before there were any
     */
    record Folded(long after, long to, List<Long> cuts) implements DayEntry {
        public Folded {
            cuts = cuts == null ? List.of() : List.copyOf(cuts);
        }

        /** What is merged, oldest first. */
        public List<Seqs> parts() {
            List<Seqs> parts = new ArrayList<>();
            long from = after;
            for (long cut : cuts) {
                parts.add(new Seqs(from, cut));
                from = cut;
            }
            parts.add(new Seqs(from, to));
            return parts;
        }

        @Override
        public Day applyTo(Day day) {
            return day.next(next -> {
                parts().forEach(part -> {
                    next.folds.removeIf(part::hold);
                    next.folds.add(part);
                });
                next.foldedTo = Math.max(next.foldedTo, to);
                next.unsafe++;
            });
        }
    }

    /** These generations, and speed rows with {@code seq <= floor}, may be deleted from now on. */
    record Retired(List<String> generations, long floor) implements DayEntry {
        public Retired {
            generations = List.copyOf(generations);
        }

        @Override
        public Day applyTo(Day day) {
            return day.next(next -> {
                next.kept.keySet().removeAll(generations);
                next.retired.addAll(generations);
                next.floor = Math.max(next.floor, floor);
                next.folds.removeIf(fold -> fold.to() <= floor); // no horizon can be that low any more
                next.unsafe++;
            });
        }
    }

    /** Raw rows below the day's horizon may be deleted from now on; the day is never published again. */
    record Sealed() implements DayEntry {
        @Override
        public Day applyTo(Day day) {
            return day.next(next -> next.sealed = true);
        }
    }
}
