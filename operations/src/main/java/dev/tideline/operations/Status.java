package dev.tideline.operations;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.rollup.Rollup;
import dev.tideline.serving.FeedSnapshot;
import dev.tideline.serving.FeedSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How one feed is doing: read from its ledgers and from Kafka, nothing is written.
 *
 * @param kafka empty when the broker answered, else why the lag is not known
 * @param coverage how far the archive covers the speed layer's cuts
 * @param dirty days before today that a recompute would settle
 */
public record Status(
        String feed,
        String topic,
        Optional<String> kafka,
        List<StreamStatus> streams,
        Coverage coverage,
        List<DayStatus> days,
        List<LocalDate> dirty) {
    private static final int RECENT = 1000;

    /**
     * One stream.
     *
     * @param seq the last recorded micro-batch, 0 for none
     * @param driver who recorded it: host and process id
     * @param freshnessSeconds how long ago it was recorded
     * @param lag records in Kafka that it has not recorded; empty when Kafka did not say
     * @param recent counts of its newest micro-batches, at most 1000
     * @param breaks gaps and overlaps between their recorded ranges
     */
    public record StreamStatus(
            String stream,
            long seq,
            Optional<String> driver,
            Optional<Instant> runStartedAt,
            Optional<Instant> recordedAt,
            Optional<Long> freshnessSeconds,
            Optional<Long> lag,
            Map<String, Long> recent,
            List<String> breaks) {}

    /**
     * Whether a recompute could settle what readers see.
     *
     * @param seq the latest recorded speed cut that the archive covers, 0 for none
     * @param behind micro-batches of the speed layer after it
     */
    public record Coverage(long speedSeq, long seq, long behind) {}

    /**
     * One day (UTC) that has entries or lacks a rollup.
     *
     * @param generation the published one
     * @param horizonSeq up to which micro-batch of the speed layer it is settled
     * @param generations that a rollback can return to, the published one among them
     * @param duplicates that the last recompute removed
     * @param unavailable rollups that not all events of the day went into
     */
    public record DayStatus(
            LocalDate day,
            Optional<String> generation,
            Optional<Long> horizonSeq,
            Optional<Instant> publishedAt,
            List<String> generations,
            long events,
            long duplicates,
            long foldedTo,
            boolean held,
            boolean sealed,
            List<String> unavailable) {}

    /**
     * The status of {@code feed} as of now.
     *
     * @param kafka settings for Kafka clients; without {@code bootstrap.servers} nobody is asked
     */
    public static Status of(Lake lake, Feed feed, Map<String, String> kafka, Instant now, LocalDate today) {
        Optional<Topic> topic = Optional.empty();
        Optional<String> silent = Optional.of("kafka.bootstrap.servers is not set");
        if (kafka.containsKey("bootstrap.servers")) {
            try {
                topic = Optional.of(Topic.describe(kafka, feed.topic()));
                silent = Optional.empty();
            } catch (CannotException e) {
                silent = Optional.of(e.getMessage());
            }
        }
        List<StreamStatus> streams = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            streams.add(stream(lake.progress(feed, stream), stream, topic, now));
        }
        return new Status(
                feed.name(),
                feed.topic(),
                silent,
                streams,
                coverage(lake, feed),
                days(lake, feed),
                DirtyDays.find(lake, feed, today));
    }

    private static StreamStatus stream(ProgressLedger ledger, Stream stream, Optional<Topic> topic, Instant now) {
        Optional<ProgressRecord> last = ledger.last();
        List<ProgressRecord> newest = last.isPresent() ? ledger.newest(RECENT) : List.of();
        Map<String, Long> recent = new TreeMap<>();
        newest.forEach(record -> record.counts().forEach((name, count) -> recent.merge(name, count, Long::sum)));
        Cut cut = last.map(r -> r.progress().cut()).orElse(Cut.NOTHING);
        return new StreamStatus(
                stream.text(),
                last.map(r -> r.progress().seq()).orElse(0L),
                last.map(ProgressRecord::driver),
                last.map(ProgressRecord::runStartedAt),
                last.map(ProgressRecord::recordedAt),
                last.map(r -> Math.max(0, Duration.between(r.recordedAt(), now).toSeconds())),
                topic.map(t -> lag(t, cut)),
                recent,
                Progress.breaks(newest.stream().map(ProgressRecord::progress).toList()));
    }

    /** A partition that was never read lags by all that Kafka has of it. */
    private static long lag(Topic topic, Cut cut) {
        return topic.latest().offsets().entrySet().stream()
                .mapToLong(end -> Math.max(
                        0,
                        end.getValue()
                                - cut.offsets()
                                        .getOrDefault(
                                                end.getKey(),
                                                topic.earliest().offsets().getOrDefault(end.getKey(), 0L))))
                .sum();
    }

    private static Coverage coverage(Lake lake, Feed feed) {
        ProgressLedger speed = lake.progress(feed, Stream.SPEED);
        Progress archive = lake.progress(feed, Stream.ARCHIVE).progress();
        long last = speed.progress().seq();
        long covered = archive.seq() == 0
                ? 0
                : Progress.latestCovered(speed.newestFirst(), archive)
                        .map(Progress::seq)
                        .orElse(0L);
        return new Coverage(last, covered, last - covered);
    }

    private static List<DayStatus> days(Lake lake, Feed feed) {
        List<DayRecord> records = lake.days().records(feed.name());
        FeedSnapshot snapshot = FeedSnapshots.now(lake, feed);
        return snapshot.days().stream()
                .map(date -> day(date, snapshot.resolution().day(date), records, feed, snapshot))
                .toList();
    }

    private static DayStatus day(LocalDate date, Day day, List<DayRecord> records, Feed feed, FeedSnapshot snapshot) {
        Optional<DayRecord> published = records.stream()
                .filter(r -> r.day().equals(date))
                .filter(r -> r.entry() instanceof DayEntry.Published p
                        && day.current().equals(Optional.of(p.generation())))
                .findFirst();
        return new DayStatus(
                date,
                day.current(),
                day.horizon().map(Horizon::seq),
                published.map(DayRecord::at),
                List.copyOf(day.kept().keySet()),
                published.map(r -> r.counts().getOrDefault("events", 0L)).orElse(0L),
                published.map(r -> r.counts().getOrDefault("duplicate", 0L)).orElse(0L),
                day.foldedTo(),
                day.held(),
                day.sealed(),
                feed.rollups().stream()
                        .filter(rollup -> !snapshot.available(rollup, date))
                        .map(Rollup::name)
                        .toList());
    }
}
