package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.protocol.VisibleBatch;
import dev.tideline.protocol.VisibleSpeed;
import dev.tideline.rollup.Rollup;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One moment of one feed, as data: the ledgers as read, and the version of every table that goes with them. It says which
 * rows of which tables a reader counts, and leaves to an engine how to read them. All views of one query share one.
 *
 * @param resolution what readers see
 * @param speed the speed stream's last record
 * @param archive the archive stream's last record, read before the raw table
 * @param rollups for each published day the fingerprints of the rollups that its generation holds
 * @param versions of the feed's tables, by path; -1 where there is no table yet
 */
public record FeedSnapshot(
        Feed feed,
        Resolution resolution,
        Optional<ProgressRecord> speed,
        Progress archive,
        Map<LocalDate, Map<String, String>> rollups,
        Map<String, Long> versions) {
    public FeedSnapshot {
        rollups = Map.copyOf(rollups);
        versions = Map.copyOf(versions);
    }

    /** The version of the table at {@code path}; empty when there was no such table. */
    public Optional<Long> version(String path) {
        return Optional.ofNullable(versions.get(path)).filter(version -> version >= 0);
    }

    /** The rows of the rollup's speed table that a reader counts. */
    public VisibleSpeed speedRows(Rollup rollup) {
        return resolution.speedRows(availableDays(rollup));
    }

    /** The rows of the rollup's batch tables that a reader counts. */
    public VisibleBatch batchRows(Rollup rollup) {
        return resolution.batchRows(availableDays(rollup));
    }

    /** Who recorded the raw rows that a reader sees. */
    public Owners rawRows() {
        return archive.owners();
    }

    /**
     * Whether all events of {@code day} went into this definition of {@code rollup}: those below its horizon into the
     * generation, those beyond it into the speed layer. Else the day is not available to readers of the rollup.
     */
    public boolean available(Rollup rollup, LocalDate day) {
        Map<String, String> generation = rollups.get(day);
        if (generation != null && !rollup.fingerprint().equals(generation.get(rollup.name()))) {
            return false;
        }
        long horizon = resolution.day(day).horizon().map(Horizon::seq).orElse(0L);
        if (!computes(rollup)) {
            return horizon == resolution.speed().seq();
        }
        return speed.map(s -> s.introduced().get(rollup.name()))
                .map(introduced -> !introduced.lacks(day, horizon))
                .orElse(true);
    }

    /** Days of which something is known: with entries, or with events from before a rollup was introduced. */
    public Set<LocalDate> days() {
        Set<LocalDate> days = new TreeSet<>(resolution.days().keySet());
        speed.ifPresent(s -> s.introduced().values().forEach(introduced -> days.addAll(introduced.earlier())));
        return days;
    }

    /** Whether the speed layer's last micro-batch went into this definition. */
    private boolean computes(Rollup rollup) {
        return speed.isEmpty()
                || rollup.fingerprint().equals(speed.get().rollups().get(rollup.name()));
    }

    private Days availableDays(Rollup rollup) {
        Map<Boolean, Set<LocalDate>> known =
                days().stream().collect(Collectors.partitioningBy(day -> available(rollup, day), Collectors.toSet()));
        return computes(rollup) ? Days.allBut(known.get(false)) : Days.only(known.get(true));
    }
}
