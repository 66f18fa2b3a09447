package dev.tideline.serving;

import static org.apache.spark.sql.functions.not;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.Visible;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.Together;
import dev.tideline.table.LakeTable;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One moment of one feed: the ledgers as read, and every table at a version that goes with them. All views of one query
 * share one.
 *
 * @param resolution what readers see
 * @param speed the speed stream's last record
 * @param archive the archive stream's last record, read before the raw table
 * @param rollups for each published day the fingerprints of the rollups that its generation holds
 * @param versions of the feed's tables, by path; -1 where there is no table yet
 */
public record Pinned(
        Lake lake,
        Feed feed,
        Resolution resolution,
        Optional<ProgressRecord> speed,
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
            Optional<ProgressRecord> speed = lake.progress(feed, Stream.SPEED).last();
            Progress archive = lake.progress(feed, Stream.ARCHIVE).progress();
            Resolution resolution =
                    new Resolution(speed.map(ProgressRecord::progress).orElse(Progress.NONE), DayLedger.days(entries));
            Map<String, Long> versions = new ConcurrentHashMap<>();
            Together.each(tables(lake, feed), table -> versions.put(table.path(), table.version()));
            if (resolution.standsAfter(lake.days().days(feed.name()))) {
                return new Pinned(lake, feed, resolution, speed, archive, published(entries, resolution), versions);
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
            if (record.entry() instanceof dev.tideline.protocol.DayEntry.Published p
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

    /** {@link #available(Rollup, LocalDate)} as a condition on rows. */
    Column available(Rollup rollup) {
        Map<Boolean, List<LocalDate>> days =
                days().stream().collect(Collectors.partitioningBy(day -> available(rollup, day)));
        return computes(rollup) ? not(Visible.on(days.get(false))) : Visible.on(days.get(true));
    }
}
