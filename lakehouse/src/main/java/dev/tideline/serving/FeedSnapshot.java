package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.protocol.VisibleBatch;
import dev.tideline.protocol.VisibleSpeed;
import dev.tideline.rollup.Rollup;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** Whether readers of the feed's rollups see the same rows at {@code other}, whatever the files are in which they stand. */
    public boolean showsSameRollups(FeedSnapshot other) {
        return feed.equals(other.feed)
                && resolution.equals(other.resolution)
                && speed.equals(other.speed)
                && rollups.equals(other.rollups);
    }

    /** The rows of the rollup's speed table that a reader counts, where none has a lower seq than {@code least}. */
    public VisibleSpeed speedRows(Rollup rollup, long least) {
        return resolution.speedRows(availableDays(rollup)).from(least);
    }

    /** The rows of the rollup's batch tables that a reader counts. */
    public VisibleBatch batchRows(Rollup rollup) {
        return resolution.batchRows(availableDays(rollup));
    }

    /** Who recorded the raw rows that a reader sees, where none has a lower seq than {@code least}. */
    public Owners rawRows(long least) {
        return archive.owners().after(least - 1);
    }

    /** Whether all events of {@code day} went into this definition of {@code rollup}; else readers of it do not see the day. */
    public boolean available(Rollup rollup, LocalDate day) {
        return availability().of(rollup.name(), rollup.fingerprint(), day);
    }

    /** Days of which something is known: with entries, or with events from before a rollup was introduced. */
    public Set<LocalDate> days() {
        return availability().days();
    }

    /**
     * The days from {@code first} to {@code last} whose events readers of {@code rollup} do not see, though there are such: they
     * came before this definition of it. Of a rollup that the running speed stream does not compute yet, each day that no generation
     * answers for.
     */
    public List<LocalDate> missing(Rollup rollup, LocalDate first, LocalDate last) {
        if (computes(rollup)) {
            return days().stream()
                    .filter(day -> !day.isBefore(first) && !day.isAfter(last) && !available(rollup, day))
                    .sorted()
                    .toList();
        }
        Set<LocalDate> answered =
                days().stream().filter(day -> available(rollup, day)).collect(Collectors.toSet());
        return first.datesUntil(last.plusDays(1))
                .filter(day -> !answered.contains(day))
                .toList();
    }

    private boolean computes(Rollup rollup) {
        return availability().computes(rollup.name(), rollup.fingerprint());
    }

    private Availability availability() {
        return new Availability(resolution, speed, rollups);
    }

    private Days availableDays(Rollup rollup) {
        return availability().available(rollup.name(), rollup.fingerprint());
    }
}
