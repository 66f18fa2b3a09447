package dev.tideline.serving;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.RollupDays;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.Parallel;
import dev.tideline.table.LakeTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Takes snapshots of feeds of a lake, and reads tables as of one. */
public final class FeedSnapshots {
    private FeedSnapshots() {}

    /**
     * The present moment. Days are read before the batch tables, progress before the speed tables, and days again at the end:
     * a fold or a retirement in between may have rewritten what was pinned, and then all is read anew.
     */
    public static FeedSnapshot now(Lake lake, Feed feed) {
        while (true) {
            FeedDays days = lake.days().feed(feed.name());
            Optional<ProgressRecord> speed = lake.progress(feed, Stream.SPEED).last();
            Progress archive = lake.progress(feed, Stream.ARCHIVE).whole();
            Resolution resolution = new Resolution(
                    speed.map(s -> lake.progress(feed, Stream.SPEED).whole(s.progress()))
                            .orElse(Progress.NONE),
                    days.days());
            Map<String, RollupDays> rollups = rollups(lake, feed, days, resolution, speed);
            Map<String, Long> versions = new ConcurrentHashMap<>();
            Parallel.forEach(tables(lake, feed, rollups), table -> versions.put(table.path(), table.version()));
            if (resolution.standsAfter(lake.days().days(feed.name()))) {
                return new FeedSnapshot(feed, resolution, speed, archive, rollups, versions);
            }
        }
    }

    /** The rows of {@code table} as of {@code snapshot}; empty when there was no such table. */
    static Optional<Dataset<Row>> rows(FeedSnapshot snapshot, LakeTable table) {
        return snapshot.version(table.path()).map(table::at);
    }

    private static Map<String, RollupDays> rollups(
            Lake lake, Feed feed, FeedDays days, Resolution resolution, Optional<ProgressRecord> speed) {
        FeedHistory history = FeedHistory.of(lake.ledgers(), feed.name(), feed.source());
        Availability availability = new Availability(resolution, speed, days.rollups(), history);
        return feed.rollups().stream()
                .collect(Collectors.toMap(Rollup::name, rollup -> availability.of(rollup.declaration())));
    }

    private static List<LakeTable> tables(Lake lake, Feed feed, Map<String, RollupDays> rollups) {
        List<LakeTable> tables = new ArrayList<>(List.of(lake.raw(feed)));
        for (Rollup rollup : feed.rollups()) {
            add(lake, rollup.name(), rollup.fingerprint(), tables);
            rollups.get(rollup.name())
                    .predecessors()
                    .keySet()
                    .forEach(print -> add(lake, rollup.name(), print, tables));
        }
        return tables;
    }

    private static void add(Lake lake, String rollup, String fingerprint, List<LakeTable> tables) {
        tables.add(lake.speed(rollup, fingerprint));
        for (Grain grain : Grain.values()) {
            tables.add(lake.batch(rollup, fingerprint, grain));
        }
    }
}
