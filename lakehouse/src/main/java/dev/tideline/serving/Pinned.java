package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.feed.Rollup;
import dev.tideline.measure.Grain;
import dev.tideline.settle.Progress;
import dev.tideline.settle.Resolution;
import dev.tideline.table.DayLedger;
import dev.tideline.table.DayRecord;
import dev.tideline.table.Lake;
import dev.tideline.table.LakeTable;
import dev.tideline.table.Stream;
import dev.tideline.table.Together;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One moment of one feed: the ledgers as read, and every table at a version that goes with them. All views of one query
 * share one.
 *
 * @param resolution what readers see
 * @param archive the archive stream's last record, read before the raw table
 * @param rollups for each published day the fingerprints of the rollups that its generation holds
 * @param versions of the feed's tables, by path; -1 where there is no table yet
 */
public record Pinned(
        Lake lake,
        Feed feed,
        Resolution resolution,
        Progress archive,
        Map<LocalDate, Map<String, String>> rollups,
        Map<String, Long> versions) {

    /**
     * Pins the present moment. Days are read before the batch tables, progress before the speed tables, and days again at
     * the end: a fold or a retirement in between may have rewritten what was pinned, and then all is read anew.
     */
    public static Pinned now(Lake lake, Feed feed) {
        while (true) {
            List<DayRecord> entries = lake.days().records(feed.name());
            Progress speed = lake.progress(feed, Stream.SPEED).progress();
            Progress archive = lake.progress(feed, Stream.ARCHIVE).progress();
            Resolution resolution = new Resolution(speed, DayLedger.days(entries));
            Map<String, Long> versions = new ConcurrentHashMap<>();
            Together.each(tables(lake, feed), table -> versions.put(table.path(), table.version()));
            if (resolution.standsAfter(lake.days().days(feed.name()))) {
                return new Pinned(lake, feed, resolution, archive, published(entries, resolution), versions);
            }
        }
    }

    private static List<LakeTable> tables(Lake lake, Feed feed) {
        List<LakeTable> tables = new ArrayList<>(List.of(lake.raw(feed)));
        for (Rollup rollup : feed.rollups()) {
            tables.add(lake.speed(rollup));
            for (Grain grain : Grain.values()) {
                tables.add(lake.batch(rollup, grain));
            }
        }
        return tables;
    }

    private static Map<LocalDate, Map<String, String>> published(List<DayRecord> entries, Resolution resolution) {
        Map<LocalDate, Map<String, String>> rollups = new TreeMap<>();
        for (DayRecord record : entries) {
            if (record.entry() instanceof dev.tideline.settle.DayEntry.Published p
                    && resolution.showsBatch(record.day(), p.generation())) {
                rollups.put(record.day(), record.rollups());
            }
        }
        return rollups;
    }

    /** The rows of a table as pinned; empty when there was no such table. */
    Optional<Dataset<Row>> rows(LakeTable table) {
        long version = versions.getOrDefault(table.path(), -1L);
        return version < 0 ? Optional.empty() : Optional.of(table.at(version));
    }

    /** Published days whose generation was computed without this definition of {@code rollup}: not available to readers. */
    public Set<LocalDate> unavailable(Rollup rollup) {
        Set<LocalDate> days = new TreeSet<>();
        rollups.forEach((day, fingerprints) -> {
            if (!rollup.fingerprint().equals(fingerprints.get(rollup.name()))) {
                days.add(day);
            }
        });
        return days;
    }
}
