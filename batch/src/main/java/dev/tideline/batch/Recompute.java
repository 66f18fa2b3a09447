package dev.tideline.batch;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.decode.Duplicates;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.spark.Parallel;
import dev.tideline.spark.RepeatedHashes;
import dev.tideline.table.LakeTable;
import java.sql.Date;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batch layer's answer for one day (UTC) of one feed: from the raw rows below a horizon, exactly de-duplicated, minutes
 * and hours of every rollup in a new generation, audited, and published by one entry.
 */
public final class Recompute {
    private static final Logger LOG = LoggerFactory.getLogger(Recompute.class);
    /** So many coordinates of duplicates, about 100 bytes each, may be held by each executor. */
    private static final long BROADCAST_ROWS = 2_000_000;

    private final Lake lake;
    private final Feed feed;
    private final LocalDate date;

    private Recompute(Lake lake, Feed feed, LocalDate date) {
        this.lake = lake;
        this.feed = feed;
        this.date = date;
    }

    /**
     * What a recompute did.
     *
     * @param reason why it was refused; empty when it was not
     * @param counts events, duplicate, left (raw rows beyond the horizon, for next time), and per rollup what it counted and filtered
     */
    public record Outcome(
            LocalDate date, String generation, Horizon horizon, State state, String reason, Map<String, Long> counts) {
        /** Whether readers see the generation. */
        public boolean published() {
            return state == State.PUBLISHED;
        }
    }

    /** What became of a generation. */
    public enum State {
        /** Readers see it. */
        PUBLISHED,
        /** Readers do not see it: another entry of the day came first. */
        REFUSED,
        /** It would be written and published. */
        PLANNED
    }

    /** What a recompute would do: its horizon, and raw rows below (events) and beyond it (left). */
    public static Outcome plan(Lake lake, Feed feed, LocalDate date) {
        Recompute recompute = new Recompute(lake, feed, date);
        Settled settled = recompute.settle();
        Map<String, Long> counts = recompute.count(settled);
        Horizon horizon = settled.horizon().horizon();
        Optional<String> refusal = lake.days().day(feed.name(), date).refusesIntent(horizon);
        State state = refusal.isPresent() ? State.REFUSED : State.PLANNED;
        return new Outcome(date, "", horizon, state, refusal.orElse(""), counts);
    }

    /**
     * Recomputes and publishes. Two at once end well: each writes a generation of its own, and the entries decide.
     *
     * @throws CannotException when the day has no raw rows, or is held or sealed, or nothing covers it
     */
    public static Outcome run(Lake lake, Feed feed, LocalDate date, Instant now) {
        return new Recompute(lake, feed, date).run(now);
    }

    private Outcome run(Instant now) {
        String generation = Generation.at(now);
        for (Rollup rollup : feed.rollups()) {
            if (!lake.batch(rollup, Grain.HOUR).exists()) {
                throw new NotYetWritten(
                        "Cannot recompute " + feed.name() + " of " + date + ": the lake has no tables for "
                                + rollup.name() + " as it is declared (start the feed's streams with this file first)");
            }
        }
        Settled settled = intend(now);
        Horizon horizon = settled.horizon().horizon();
        Instant began = Instant.now();
        Map<String, Long> counts = count(settled);
        counts.put(DayRecord.ARCHIVE_SEQ, settled.archive().seq());
        if (counts.get("events") == 0
                && lake.days().day(feed.name(), date).current().isEmpty()) {
            throw nothingToRecompute(settled);
        }
        LOG.info("{} {}: generation {}, horizon seq {}, {}", feed.name(), date, generation, horizon.seq(), counts);
        write(settled, generation, counts);
        Outcome outcome = publish(generation, horizon, counts, now);
        LOG.info(
                "{} {}: {} after {} s, {}",
                feed.name(),
                date,
                outcome.published() ? "published" : "not published: " + outcome.reason(),
                Duration.between(began, Instant.now()).toSeconds(),
                counts);
        return outcome;
    }

    /**
     * Says which horizon this recompute means to publish, so that no fold of the day lands across it meanwhile. Where the day has gone
     * beyond the horizon since the ledgers were read, they have a later one.
     */
    private Settled intend(Instant now) {
        Settled settled = settle();
        while (true) {
            Horizon horizon = settled.horizon().horizon();
            Day day = lake.days().day(feed.name(), date);
            if (day.entries() == 0 && !lake.raw(feed).dates().contains(date)) {
                throw nothingToRecompute(settled);
            }
            Optional<String> refusal = day.refusesIntent(horizon);
            if (refusal.isEmpty()) {
                if (lake.days().append(Entries.of(feed, date, day, new DayEntry.Intends(horizon.seq()), now))) {
                    return settled;
                }
            } else {
                settled = settle();
                if (settled.horizon().seq() == horizon.seq()) {
                    throw new CannotException("Cannot publish " + feed.name() + " of " + date + ": " + refusal.get());
                }
            }
        }
    }

    private CannotException nothingToRecompute(Settled settled) {
        return new CannotException("Cannot recompute " + feed.name() + " of " + date + ": it has no raw rows below "
                + "the horizon, seq " + settled.horizon().seq() + " (days with data: " + daysWithData(settled) + ")");
    }

    /** Both progress ledgers first, then raw. */
    private Settled settle() {
        Day day = lake.days().day(feed.name(), date);
        if (day.sealed()) {
            throw new CannotException(
                    "Cannot recompute " + feed.name() + " of " + date
                            + ": the day is sealed, its raw rows have expired (what is published stays; retention.raw in the feed file says how long raw rows are kept)");
        }
        refuseAnotherPolicy();
        return Settled.now(lake, feed);
    }

    /**
     * Raw rows are as the archive decoded them, each by the policy of its offset; this file says which are duplicates and what is made of
     * them. It has to be the one that the archive decodes by, or is to.
     */
    private void refuseAnotherPolicy() {
        lake.progress(feed, Stream.ARCHIVE)
                .last()
                .filter(archive -> !feed.hasPolicy(archive.policy())
                        && archive.decoding()
                                .newest()
                                .filter(change -> feed.hasPolicy(change.policy()))
                                .isEmpty())
                .ifPresent(archive -> {
                    throw new CannotException(
                            "Cannot recompute " + feed.name() + " of " + date
                                    + ": its archive decoded seq "
                                    + archive.progress().seq() + " by policy "
                                    + archive.policy() + ", and the feed file is policy " + feed.policy()
                                    + " (start the feed's streams with this file first, or recompute with the file that they have)");
                });
    }

    private Dataset<Row> raw(Settled settled) {
        return settled.recorded(lake.raw(feed)).where(col("event_date").equalTo(Date.valueOf(date)));
    }

    private Map<String, Long> count(Settled settled) {
        Dataset<Row> rows =
                raw(settled).select(RowFilters.below(settled.horizon().cut()).as("below"));
        Map<String, Long> counts = new TreeMap<>(Map.of("events", 0L, "left", 0L));
        rows.groupBy("below")
                .count()
                .collectAsList()
                .forEach(r -> counts.put(r.getBoolean(0) ? "events" : "left", r.getLong(1)));
        return counts;
    }

    private String daysWithData(Settled settled) {
        return settled
                .recorded(lake.raw(feed))
                .select("event_date")
                .distinct()
                .orderBy("event_date")
                .limit(20)
                .collectAsList()
                .stream()
                .map(r -> r.getDate(0).toString())
                .collect(Collectors.joining(", "));
    }

    private void write(Settled settled, String generation, Map<String, Long> counts) {
        Dataset<Row> events =
                raw(settled).where(RowFilters.below(settled.horizon().cut())).select(Decoding.eventColumns(feed));
        Dataset<Row> suspects =
                RepeatedHashes.repeated(events.select(Duplicates.hash(feed))).persist(StorageLevel.MEMORY_AND_DISK());
        Dataset<Row> losers = Duplicates.losersAmong(events, small(suspects, suspects.count()), feed)
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            long duplicates = losers.count();
            counts.put("duplicate", duplicates);
            long distinct = counts.get("events") - duplicates;
            Dataset<Row> winners = duplicates == 0 ? events : Duplicates.without(small(losers, duplicates), events);
            Parallel.forEach(feed.rollups(), rollup -> write(rollup, winners, distinct, generation, counts));
        } finally {
            losers.unpersist();
            suspects.unpersist();
        }
    }

    /** Rows that each executor is given whole where they are few; else both sides of a join are shuffled. */
    private static Dataset<Row> small(Dataset<Row> rows, long count) {
        return count < BROADCAST_ROWS ? broadcast(rows) : rows;
    }

    private void write(
            Rollup rollup, Dataset<Row> winners, long distinct, String generation, Map<String, Long> counts) {
        LakeTable minutes = lake.batch(rollup, Grain.MINUTE);
        LakeTable hours = lake.batch(rollup, Grain.HOUR);
        minutes.append(tagged(Rollups.partial(winners, rollup), generation));
        Dataset<Row> widened = Rollups.widen(generation(minutes, generation), Grain.HOUR);
        hours.append(tagged(Rollups.merge(widened, rollup), generation));
        Audit.check(rollup, generation(minutes, generation), generation(hours, generation), distinct, counts);
    }

    private static Dataset<Row> tagged(Dataset<Row> rows, String generation) {
        return rows.withColumn("generation", lit(generation));
    }

    private Dataset<Row> generation(LakeTable table, String generation) {
        return table.read()
                .where(col("event_date")
                        .equalTo(Date.valueOf(date))
                        .and(col("generation").equalTo(generation)));
    }

    /** Decides, appends, and decides anew when another entry came first. */
    private Outcome publish(String generation, Horizon horizon, Map<String, Long> counts, Instant now) {
        Map<String, String> fingerprints =
                feed.rollups().stream().collect(Collectors.toMap(Rollup::name, Rollup::fingerprint));
        while (true) {
            Day day = lake.days().day(feed.name(), date);
            Optional<String> refusal = day.refusesPublish(generation, horizon);
            if (refusal.isPresent()) {
                return new Outcome(date, generation, horizon, State.REFUSED, refusal.get(), counts);
            }
            DayEntry published = new DayEntry.Published(generation, horizon);
            if (lake.days().append(Entries.of(feed, date, day, published, counts, fingerprints, now))) {
                return new Outcome(date, generation, horizon, State.PUBLISHED, "", counts);
            }
        }
    }
}
