package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.RollupDays;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.rollup.Rollup;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One moment of one feed, as data: the ledgers as read, and the version of every table that goes with them. It says which
 * rows of which tables a reader counts, and leaves to an engine how to read them. All views of one query share one.
 *
 * @param resolution what readers see
 * @param speed the speed stream's last record
 * @param archive the archive stream's last record, read before the raw table
 * @param rollups how readers of each rollup see each day, by its name
 * @param versions of the feed's tables, by path; -1 where there is no table yet
 */
public record FeedSnapshot(
        Feed feed,
        Resolution resolution,
        Optional<ProgressRecord> speed,
        Progress archive,
        Map<String, RollupDays> rollups,
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

    /** How readers of {@code rollup} see each day. */
    public RollupDays days(Rollup rollup) {
        return rollups.get(rollup.name());
    }

    /** Who recorded the raw rows that a reader sees, where none has a lower seq than {@code least}. */
    public Owners rawRows(long least) {
        return archive.owners().after(least - 1);
    }

    /**
     * The days from {@code first} to {@code last} whose events readers of {@code rollup} do not see, though there are such: they
     * came before this definition of it, and went into none that goes with it. Of a rollup that the running speed stream does not compute
     * yet, each day that no generation answers for.
     */
    public List<LocalDate> unavailable(Rollup rollup, LocalDate first, LocalDate last) {
        return first.datesUntil(last.plusDays(1))
                .filter(day -> days(rollup).of(day).isEmpty())
                .toList();
    }

    /** The days from {@code first} to {@code last} on which readers of {@code rollup} see no number for a measure, by measure. */
    public SortedMap<String, List<LocalDate>> missing(Rollup rollup, LocalDate first, LocalDate last) {
        SortedMap<String, List<LocalDate>> missing = new TreeMap<>();
        days(rollup).missing().forEach((measure, days) -> {
            List<LocalDate> asked =
                    first.datesUntil(last.plusDays(1)).filter(days::contains).toList();
            if (!asked.isEmpty()) {
                missing.put(measure, asked);
            }
        });
        return missing;
    }
}
