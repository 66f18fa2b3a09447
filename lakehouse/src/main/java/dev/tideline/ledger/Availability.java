package dev.tideline.ledger;

import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.rollup.RollupDeclaration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * On which days readers may use a rollup, and by which of its definitions' tables: a day whose events did not all go into the present
 * one is read by those of before that count the same events by the same keys.
 *
 * @param resolution what readers see
 * @param speed the speed stream's last record
 * @param published for each published day the fingerprints of the rollups that its generation holds
 * @param history what the rollups were before
 */
public record Availability(
        Resolution resolution,
        Optional<ProgressRecord> speed,
        Map<LocalDate, Map<String, String>> published,
        FeedHistory history) {
    private static final String NOT_COMPUTED = "";

    /** The availability that a feed's days and its speed stream's last record make. */
    public static Availability of(FeedDays days, Optional<ProgressRecord> speed, FeedHistory history) {
        Progress progress = speed.map(ProgressRecord::progress).orElse(Progress.NONE);
        return new Availability(new Resolution(progress, days.days()), speed, days.rollups(), history);
    }

    /** How readers of {@code rollup}, as it is defined now, see each day. */
    public RollupDays of(RollupDeclaration rollup) {
        Sources sources = new Sources(rollup);
        Map<LocalDate, Optional<RollupDays.Sources>> known = new TreeMap<>();
        for (LocalDate day : days()) {
            Optional<String> generation = Optional.ofNullable(published.get(day))
                    .map(rollups -> rollups.getOrDefault(rollup.name(), NOT_COMPUTED));
            if (sources.areOfThePresent(generation, day)) {
                continue; // so is each day that is not named, and of ten years of days few are otherwise
            }
            long horizon = resolution.day(day).horizon().map(Horizon::seq).orElse(0L);
            known.put(day, sources.of(generation, horizon, day));
        }
        return RollupDays.of(sources.lacked, sources.of(Optional.empty(), 0, LocalDate.MIN), known);
    }

    /**
     * The micro-batches from {@code first} on, up to the next epoch, went into one definition of a rollup.
     *
     * @param earlier days that had events before
     */
    private record Epoch(String fingerprint, long first, Set<LocalDate> earlier) {
        static Epoch of(String rollup, Optional<ProgressRecord> last) {
            String fingerprint =
                    last.map(record -> record.rollups().get(rollup)).orElse(NOT_COMPUTED);
            return last.map(record -> record.introduced().get(rollup))
                    .map(introduced -> new Epoch(fingerprint, introduced.seq(), Set.copyOf(introduced.earlier())))
                    .orElse(new Epoch(fingerprint, 1, Set.of()));
        }
    }

    /** Finds the tables that hold a day's events between them: those of its generation, and of the epochs beyond its horizon. */
    private final class Sources {
        private final RollupDeclaration now;
        private final String present;
        private final List<Epoch> newestFirst = new ArrayList<>();
        private final Map<String, Optional<SortedSet<String>>> looked = new HashMap<>();
        private final Map<String, SortedSet<String>> lacked = new TreeMap<>();

        Sources(RollupDeclaration now) {
            this.now = now;
            this.present = now.fingerprint();
        }

        Optional<RollupDays.Sources> of(Optional<String> generation, long horizon, LocalDate day) {
            NavigableSet<String> used = new TreeSet<>();
            generation.ifPresent(used::add);
            long unsettled = resolution.speed().seq();
            for (int i = 0; horizon < unsettled; i++) {
                Epoch epoch = epoch(i);
                used.add(epoch.fingerprint);
                unsettled = epoch.earlier.contains(day) ? epoch.first - 1 : 0;
            }
            used.remove(present);
            SortedSet<String> missing = new TreeSet<>();
            for (String fingerprint : used) {
                Optional<SortedSet<String>> lacks = lackedBy(fingerprint);
                if (lacks.isEmpty()) {
                    return Optional.empty();
                }
                missing.addAll(lacks.get());
            }
            return Optional.of(used.isEmpty() ? RollupDays.Sources.PRESENT : new RollupDays.Sources(used, missing));
        }

        /** Whether generation and speed layer have all events of {@code day} by the present definition, as they have of a day that is new. */
        boolean areOfThePresent(Optional<String> generation, LocalDate day) {
            Epoch last = epoch(0);
            return last.fingerprint.equals(present)
                    && !last.earlier.contains(day)
                    && generation.filter(print -> !print.equals(present)).isEmpty();
        }

        private Epoch epoch(int i) {
            while (newestFirst.size() <= i) {
                newestFirst.add(Epoch.of(
                        now.name(),
                        newestFirst.isEmpty()
                                ? speed
                                : history.record(newestFirst.get(newestFirst.size() - 1).first - 1)));
            }
            return newestFirst.get(i);
        }

        /** The measures that rows of another definition lack; empty when they are of other events or keys, or it is not known. */
        private Optional<SortedSet<String>> lackedBy(String fingerprint) {
            return looked.computeIfAbsent(fingerprint, print -> {
                Optional<SortedSet<String>> lacks = print.equals(NOT_COMPUTED)
                        ? Optional.empty()
                        : history.definition(now.name(), print)
                                .filter(now::hasRowsOf)
                                .map(now::lackedBy);
                lacks.ifPresent(measures -> lacked.put(print, measures));
                return lacks;
            });
        }
    }

    /** Whether the speed layer's last micro-batch went into this definition. */
    public boolean computes(String rollup, String fingerprint) {
        return speed.isEmpty() || fingerprint.equals(speed.get().rollups().get(rollup));
    }

    /** Days of which something is known: with entries, or with events from before a rollup was introduced. */
    public Set<LocalDate> days() {
        Set<LocalDate> days = new TreeSet<>(resolution.days().keySet());
        days.addAll(earlier());
        return days;
    }

    /** Days with events from before a rollup was introduced. */
    public Set<LocalDate> earlier() {
        Set<LocalDate> earlier = new TreeSet<>();
        speed.ifPresent(s -> s.introduced().values().forEach(introduced -> earlier.addAll(introduced.earlier())));
        return earlier;
    }
}
