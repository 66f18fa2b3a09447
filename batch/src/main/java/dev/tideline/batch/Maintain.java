package dev.tideline.batch;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.table.LakeTable;
import java.sql.Date;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Keeps a feed's tables small beside its running streams. Whatever rewrites or deletes is announced by an entry first, and
 * done again safely when it was cut short.
 */
public final class Maintain {
    private final Lake lake;
    private final Feed feed;
    /** As they are defined now, and as they were where days are still read by that. */
    private final List<Rollup> rollups;

    public Maintain(Lake lake, Feed feed) {
        this.lake = lake;
        this.feed = feed;
        this.rollups = lake.feeds().readable(feed);
    }

    /**
     * Folds the recorded partials of {@code date} up to the latest covered cut into one row per key and minute.
     *
     * @return the seq folded to; empty when there is nothing worth folding, or another entry came first
     */
    public Optional<Long> fold(LocalDate date, Instant now) {
        return fold(date, now, 0);
    }

    /** The same, only where {@code batches} or more micro-batches wrote partials of the day since its last fold. */
    public Optional<Long> fold(LocalDate date, Instant now, int batches) {
        Progress archive = lake.progress(feed, Stream.ARCHIVE).progress();
        ProgressLedger speed = lake.progress(feed, Stream.SPEED);
        Optional<Progress> covered =
                Progress.latestCovered(speed.newestFirst(), archive).map(speed::whole);
        Day day = lake.days().day(feed.name(), date);
        Optional<DayEntry.Folded> plan = covered.flatMap(c -> day.fold(c.horizon()));
        if (plan.isEmpty()
                || !worthFolding(
                        date, plan.get(), covered.get(), batches == 0 ? 0 : day.foldedTo(), Math.max(2, batches))) {
            return Optional.empty();
        }
        DayRecord entry = entry(date, day, plan.get(), now);
        if (!lake.days().append(entry)) {
            return Optional.empty();
        }
        Column range = range(date, plan.get().after(), plan.get().to());
        for (Rollup rollup : rollups) {
            if (!feed.rollups().contains(rollup) && !lake.speed(rollup).dates().contains(date)) {
                continue; // nothing is written there any more, and a rewrite of nothing is a commit
            }
            lake.speed(rollup)
                    .rewrite(
                            range,
                            rows -> folded(
                                    rows, rollup, plan.get(), covered.get().owners()),
                            "fold/" + feed.name() + "/" + date,
                            entry.number());
        }
        return Optional.of(plan.get().to());
    }

    /** The dates that speed rows have beyond every fold so far, oldest first: what is worth folding. */
    public List<LocalDate> foldable() {
        return rollups.stream()
                .flatMap(rollup -> lake.speed(rollup).dates().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** Whether partials after {@code seq} are, in some part of the plan, of {@code batches} or more micro-batches. */
    private boolean worthFolding(LocalDate date, DayEntry.Folded plan, Progress covered, long seq, int batches) {
        return plan.parts().stream()
                .filter(part -> part.to() > seq)
                .map(part -> range(date, Math.max(seq, part.after()), part.to())
                        .and(RowFilters.recorded(covered.owners().after(part.after()))))
                .anyMatch(rows -> rollups.stream().anyMatch(rollup -> areOf(batches, lake.speed(rollup), rows)));
    }

    private static boolean areOf(int batches, LakeTable speed, Column rows) {
        return speed.exists()
                && speed.read()
                                .where(rows)
                                .select("seq")
                                .distinct()
                                .limit(batches)
                                .count()
                        == batches;
    }

    private static Dataset<Row> folded(Dataset<Row> partials, Rollup rollup, DayEntry.Folded plan, Owners owners) {
        return plan.parts().stream()
                .map(part -> Rollups.merge(
                                partials.where(in(part.after(), part.to()))
                                        .where(RowFilters.recorded(owners.after(part.after()))),
                                rollup)
                        .withColumn("seq", lit(part.to()))
                        .withColumn("run", lit(owners.of(part.to()))))
                .reduce(Dataset::unionByName)
                .orElseThrow()
                .coalesce(1);
    }

    private static Column range(LocalDate date, long after, long to) {
        return expr("event_date = DATE'" + date + "'").and(in(after, to));
    }

    private static Column in(long after, long to) {
        return expr("seq > %d AND seq <= %d".formatted(after, to));
    }

    /**
     * Retires generations that were superseded more than {@code keep} ago, and those that were never published, then deletes
     * them and the speed rows below every horizon that is left. What an earlier call announced and did not get to delete
     * goes too.
     *
     * @return what was retired by this call; empty when there was nothing new, or another entry came first
     */
    public Optional<DayEntry.Retired> prune(LocalDate date, Duration keep, Instant now) {
        return prune(date, keep, now, leftovers());
    }

    /** What there is to delete, looked up for all days. */
    Leftovers leftovers() {
        return Leftovers.of(lake, feed, rollups);
    }

    /** The same, where what there is to delete has been looked up for many days. */
    Optional<DayEntry.Retired> prune(LocalDate date, Duration keep, Instant now, Leftovers found) {
        Day day = lake.days().day(feed.name(), date);
        Map<String, Instant> superseded = found.supersededAt(date);
        Set<String> abandoned = found.unpublished(date).stream()
                .filter(g -> Generation.began(g)
                        .filter(began -> began.isBefore(now.minus(keep)))
                        .isPresent())
                .collect(Collectors.toCollection(TreeSet::new));
        Optional<DayEntry.Retired> plan = day.retire(
                        generation -> superseded.getOrDefault(generation, now).isBefore(now.minus(keep)), abandoned)
                .filter(retired -> lake.days().append(entry(date, day, retired, now)));
        delete(date, plan.map(entry -> entry.applyTo(day)).orElse(day), found);
        return plan;
    }

    /** Deletes what the entries of {@code day} have announced, where any of it is there. */
    private void delete(LocalDate date, Day day, Leftovers found) {
        String on = "event_date = DATE'" + date + "'";
        String generations = found.generations(date).stream()
                .filter(day.retired()::contains)
                .map(g -> "'" + g + "'")
                .collect(Collectors.joining(", "));
        for (Rollup rollup : rollups) {
            if (!generations.isEmpty()) {
                for (Grain grain : Grain.values()) {
                    lake.batch(rollup, grain).delete(expr(on + " AND generation IN (" + generations + ")"));
                }
            }
            if (day.floor() > 0 && found.hasSpeedRows(date)) {
                lake.speed(rollup).delete(expr(on + " AND seq <= " + day.floor()));
            }
        }
        if (day.sealed() && found.hasRawRows(date)) {
            Cut cut = day.horizon().map(lake.progress(feed, Stream.SPEED)::cut).orElse(Cut.NOTHING);
            lake.raw(feed).delete(col("event_date").equalTo(Date.valueOf(date)).and(RowFilters.below(cut)));
        }
    }

    /**
     * Seals {@code date}: its raw rows below the horizon leave, and it is never published again. Late events are still
     * counted, by the speed layer.
     *
     * @return whether the day was sealed; not when it was never published, is sealed already, or another entry came first
     */
    public boolean seal(LocalDate date, Instant now) {
        return seal(date, now, leftovers());
    }

    boolean seal(LocalDate date, Instant now, Leftovers found) {
        Day day = lake.days().day(feed.name(), date);
        DayEntry sealed = new DayEntry.Sealed();
        if (day.refusesSeal().isPresent() || !lake.days().append(entry(date, day, sealed, now))) {
            return false;
        }
        delete(date, sealed.applyTo(day), found);
        return true;
    }

    /**
     * Whether {@code now} is more than a day after the feed's last record, or after its last event could have come: then this clock
     * is wrong, or the streams have long stopped, and neither is a reason to let go of raw rows.
     */
    boolean isFarAfterTheLastRecord(Instant now) {
        List<ProgressRecord> last = Arrays.stream(Stream.values())
                .flatMap(stream -> lake.progress(feed, stream).last().stream())
                .toList();
        java.util.stream.Stream<Instant> records = last.stream().map(ProgressRecord::recordedAt);
        java.util.stream.Stream<Instant> events = last.stream()
                .flatMap(record -> record.touched().keySet().stream())
                .map(day -> day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant())
                .map(end -> end.plus(feed.accept().late()));
        Instant recently = now.minus(Duration.ofDays(1));
        return java.util.stream.Stream.of(records, events)
                .map(times -> times.max(Instant::compareTo))
                .anyMatch(newest -> newest.isPresent() && newest.get().isBefore(recently));
    }

    /**
     * Deletes the rejected records that the archive recorded longer ago than raw rows are kept: a sender whose every record is refused
     * would fill the table for ever.
     */
    void pruneRejected() {
        long older =
                lake.progress(feed, Stream.ARCHIVE).olderThan(feed.retention().raw());
        if (older > 0) {
            lake.rejected()
                    .delete(col("feed").equalTo(feed.name()).and(col("seq").leq(older)));
        }
    }

    /** Rewrites the small files of ledgers, raw days and rejected records. */
    public void compact() {
        for (Stream stream : Stream.values()) {
            lake.progressTable(feed, stream).compact();
        }
        lake.daysTable().compact();
        lake.alerts().compact();
        lake.raw(feed).compact();
        lake.rejected().compact();
    }

    private DayRecord entry(LocalDate date, Day day, DayEntry entry, Instant now) {
        return Entries.of(feed, date, day, entry, now);
    }
}
