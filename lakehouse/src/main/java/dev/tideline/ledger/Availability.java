package dev.tideline.ledger;

import dev.tideline.protocol.Days;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * On which days readers may use a rollup: those whose events all went into its present definition.
 *
 * @param resolution what readers see
 * @param speed the speed stream's last record
 * @param published for each published day the fingerprints of the rollups that its generation holds
 */
public record Availability(
        Resolution resolution, Optional<ProgressRecord> speed, Map<LocalDate, Map<String, String>> published) {

    /** The availability that a feed's days and its speed stream's last record make. */
    public static Availability of(FeedDays days, Optional<ProgressRecord> speed) {
        Progress progress = speed.map(ProgressRecord::progress).orElse(Progress.NONE);
        return new Availability(new Resolution(progress, days.days()), speed, days.rollups());
    }

    /**
     * Whether all events of {@code day} went into this definition of {@code rollup}: those below its horizon into the
     * generation, those beyond it into the speed layer.
     */
    public boolean of(String rollup, String fingerprint, LocalDate day) {
        Map<String, String> generation = published.get(day);
        if (generation != null && !fingerprint.equals(generation.get(rollup))) {
            return false;
        }
        long horizon = resolution.day(day).horizon().map(Horizon::seq).orElse(0L);
        if (!computes(rollup, fingerprint)) {
            return horizon == resolution.speed().seq();
        }
        return speed.map(s -> s.introduced().get(rollup))
                .map(introduced -> !introduced.lacks(day, horizon))
                .orElse(true);
    }

    /** The days of which this definition of {@code rollup} has all events. */
    public Days available(String rollup, String fingerprint) {
        if (!computes(rollup, fingerprint)) {
            return Days.only(
                    days().stream().filter(day -> of(rollup, fingerprint, day)).toList());
        }
        Set<LocalDate> lacking = new TreeSet<>();
        published.forEach((day, rollups) -> {
            if (!fingerprint.equals(rollups.get(rollup))) {
                lacking.add(day);
            }
        });
        // Of ten years of days few are asked one by one: only these can lack events of before.
        speed.map(s -> s.introduced().get(rollup)).map(Introduced::earlier).orElse(List.of()).stream()
                .filter(day -> !of(rollup, fingerprint, day))
                .forEach(lacking::add);
        return Days.allBut(lacking);
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
