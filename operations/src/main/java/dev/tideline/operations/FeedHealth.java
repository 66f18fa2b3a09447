package dev.tideline.operations;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.RollupDays;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Policies;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.PolicyChanges;
import dev.tideline.protocol.Progress;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one feed is doing: read from its ledgers and from Kafka, without a session and without rows; nothing is written. What
 * {@code tideline status}, {@code /v1/status} and the alert views of the pipeline say.
 *
 * @param kafka empty when the broker answered, else why the lag is not known
 * @param coverage how far the archive covers the speed layer's cuts
 * @param change of the decoding policy that not both streams are past
 * @param days that have entries, are dirty, or lack a rollup, oldest first; of those that are sealed the newest
 * @param older the sealed days before
 * @param dirty days before today that a recompute would settle
 */
public record FeedHealth(
        String feed,
        String topic,
        Optional<String> kafka,
        List<StreamHealth> streams,
        Coverage coverage,
        Optional<PolicyHealth> change,
        List<DayHealth> days,
        Older older,
        List<LocalDate> dirty) {
    /** So many days before today are told of, sealed or not. */
    public static final int RECENT_DAYS = 60;

    private static final Logger LOG = LoggerFactory.getLogger(FeedHealth.class);

    private static final int RECENT = 1000;
    /** A record of five incarnations of 1,000 partitions has 55,000 characters or more; of both streams many are read. */
    private static final long RECENT_CHARACTERS = 4L << 20;

    public FeedHealth {
        change = change == null ? Optional.empty() : change; // as an older server answers
        streams = List.copyOf(streams);
        days = List.copyOf(days);
        older = older == null ? Older.NONE : older; // a server of before does not say it
        dirty = List.copyOf(dirty);
    }

    /**
     * One stream.
     *
     * @param seq the last recorded micro-batch, 0 for none
     * @param driver who recorded it: host and process id
     * @param freshnessSeconds how long ago it was recorded
     * @param lag records in Kafka that it has not recorded; empty when Kafka did not say
     * @param recent counts of its newest micro-batches, at most 1000, and fewer where their records are wide
     * @param breaks gaps and overlaps between their recorded ranges
     * @param policy fingerprint of how its last micro-batch was decoded, empty before the first
     */
    public record StreamHealth(
            String stream,
            long seq,
            Optional<String> driver,
            Optional<Instant> runStartedAt,
            Optional<Instant> recordedAt,
            Optional<Long> freshnessSeconds,
            Optional<Long> lag,
            Map<String, Long> recent,
            List<String> breaks,
            String policy) {

        /** One of the counts of its newest micro-batches; 0 where none was counted. */
        public long count(String name) {
            return recent.getOrDefault(name, 0L);
        }

        /** The share of the newest records that were refused, 0 to 1. */
        public double rejectedRatio() {
            return count("consumed") == 0 ? 0 : (double) count("rejected") / count("consumed");
        }
    }

    /**
     * Whether a recompute could settle what readers see.
     *
     * @param seq the latest recorded speed cut that the archive covers, 0 for none
     * @param behind micro-batches of the speed layer after it
     */
    public record Coverage(long speedSeq, long seq, long behind) {}

    /**
     * A change of the decoding policy, which both streams make at one cut.
     *
     * @param before fingerprint of the policy up to the cut
     * @param policy fingerprint of the policy from it on
     * @param by the stream that was started with it
     * @param cut offset by partition; empty while the speed layer's ledger does not say it yet
     * @param left how many offsets of it each stream has still to read, by stream
     */
    public record PolicyHealth(
            String before, String policy, String by, Map<String, Long> cut, Map<String, Long> left) {}

    /**
     * One day (UTC).
     *
     * @param generation the published one
     * @param horizonSeq up to which micro-batch of the speed layer it is settled
     * @param generations that a rollback can return to, the published one among them
     * @param duplicates that the last recompute removed
     * @param unavailable rollups that not all events of the day went into, so that their views lack the day
     * @param missing measures that not all events of the day went into, by rollup: they are NULL on the day
     */
    public record DayHealth(
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
            List<String> unavailable,
            Map<String, List<String>> missing) {
        public DayHealth {
            generations = List.copyOf(generations);
            unavailable = List.copyOf(unavailable);
            missing = missing == null ? Map.of() : missing; // as a server of before there was such a thing answers
        }
    }

    /**
     * Sealed days that are not told of one by one: nothing will change them.
     *
     * @param first empty when there is none
     */
    public record Older(long sealed, Optional<LocalDate> first, Optional<LocalDate> last) {
        /** There are none. */
        public static final Older NONE = new Older(0, Optional.empty(), Optional.empty());
    }

    /**
     * The health of each of {@code feeds}, in their order, all read at once; of the sealed days those of the last {@link
     * #RECENT_DAYS} days.
     *
     * @param now the reader's clock
     * @param today the first day that is not worth settling yet (UTC)
     */
    public static List<FeedHealth> of(
            LakeLedgers ledgers, Collection<FeedDeclaration> feeds, Topics topics, Instant now, LocalDate today) {
        return of(ledgers, feeds, topics, now, today, today.minusDays(RECENT_DAYS));
    }

    /** The same with the sealed days from {@code since} on. */
    public static List<FeedHealth> of(
            LakeLedgers ledgers,
            Collection<FeedDeclaration> feeds,
            Topics topics,
            Instant now,
            LocalDate today,
            LocalDate since) {
        ExecutorService threads = Executors.newCachedThreadPool(FeedHealth::daemon);
        try {
            CompletableFuture<Map<String, Topics.Answer>> answers = CompletableFuture.supplyAsync(
                    () -> topics.describe(
                            feeds.stream().map(FeedDeclaration::topic).toList()),
                    threads);
            List<Supplier<FeedHealth>> reading = feeds.stream()
                    .map(feed -> reading(ledgers, feed, answers, now, today, since, threads))
                    .toList();
            return reading.stream().map(Supplier::get).toList();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException why ? why : e;
        } finally {
            threads.shutdownNow();
        }
    }

    /** The feeds that streams of this lake have declared, without those whose file this release cannot read. */
    public static List<FeedDeclaration> declared(LakeLedgers ledgers) {
        List<FeedDeclaration> feeds = new ArrayList<>();
        ledgers.feeds().newest().values().forEach(declaration -> {
            try {
                feeds.add(FeedDeclaration.parse("of the lake, " + declaration.feed(), declaration.source()));
            } catch (CannotException e) {
                // FeedCatalog says it once; this is asked again and again.
                LOG.debug("Without feed {}", declaration.feed(), e);
            }
        });
        return feeds;
    }

    /** That the decoding policy changes, or that the two streams decode differently and it does not. */
    public Optional<String> policies() {
        return change.map(FeedHealth::text).or(this::differentPolicies);
    }

    private static String text(PolicyHealth change) {
        return "policy changes from " + change.before() + " to " + change.policy() + ", with which the " + change.by()
                + " stream was started"
                + (change.cut().isEmpty()
                        ? " (the next run of a stream repeats it in the speed layer's ledger)"
                        : ", at a cut: "
                                + change.left().entrySet().stream()
                                        .map(left -> left.getKey() + " has " + left.getValue()
                                                + " offsets to read before it")
                                        .collect(Collectors.joining(", ")));
    }

    private Optional<String> differentPolicies() {
        List<StreamHealth> recorded =
                streams.stream().filter(stream -> !stream.policy().isEmpty()).toList();
        return recorded.stream().map(StreamHealth::policy).distinct().count() < 2
                ? Optional.empty()
                : Optional.of("policies differ: "
                        + recorded.stream()
                                .map(stream -> stream.stream() + " decodes by " + stream.policy())
                                .collect(Collectors.joining(", "))
                        + " (start both streams with the same feed file and isolation.level)");
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "tideline-health");
        thread.setDaemon(true);
        return thread;
    }

    private static Supplier<FeedHealth> reading(
            LakeLedgers ledgers,
            FeedDeclaration feed,
            CompletableFuture<Map<String, Topics.Answer>> topics,
            Instant now,
            LocalDate today,
            LocalDate since,
            ExecutorService threads) {
        Function<Stream, CompletableFuture<List<ProgressRecord>>> read = stream -> CompletableFuture.supplyAsync(
                () -> ledgers.progress(feed.name(), stream).newest(RECENT, RECENT_CHARACTERS), threads);
        CompletableFuture<List<ProgressRecord>> readArchive = read.apply(Stream.ARCHIVE);
        CompletableFuture<List<ProgressRecord>> readSpeed = read.apply(Stream.SPEED);
        CompletableFuture<FeedDays> readDays =
                CompletableFuture.supplyAsync(() -> ledgers.days().feed(feed.name()), threads);
        return () -> {
            List<ProgressRecord> archive = readArchive.join();
            List<ProgressRecord> speed = readSpeed.join();
            Coverage coverage = coverage(archive, speed, ledgers.progress(feed.name(), Stream.SPEED)::newestFirst);
            FeedDays days = readDays.join();
            List<LocalDate> dirty = DirtyDays.find(ledgers, feed, days, last(speed), last(archive), today);
            return of(
                    feed,
                    topics.join().get(feed.topic()),
                    archive,
                    speed,
                    coverage,
                    days,
                    FeedHistory.of(ledgers, feed.name(), feed.source()),
                    dirty,
                    now,
                    since);
        };
    }

    /** The health of a feed of which all this has been read; records oldest first. */
    static FeedHealth of(
            FeedDeclaration feed,
            Topics.Answer kafka,
            List<ProgressRecord> archive,
            List<ProgressRecord> speed,
            Coverage coverage,
            FeedDays days,
            FeedHistory history,
            List<LocalDate> dirty,
            Instant now,
            LocalDate since) {
        Optional<Topic> topic =
                kafka instanceof Topics.Answer.Known known ? Optional.of(known.topic()) : Optional.empty();
        return new FeedHealth(
                feed.name(),
                feed.topic(),
                kafka instanceof Topics.Answer.Unknown unknown ? Optional.of(unknown.why()) : Optional.empty(),
                List.of(stream(Stream.ARCHIVE, archive, topic, now), stream(Stream.SPEED, speed, topic, now)),
                coverage,
                change(last(archive), last(speed)),
                days(feed, Availability.of(days, last(speed), history), days, dirty, since),
                older(days, since),
                dirty);
    }

    private static StreamHealth stream(Stream stream, List<ProgressRecord> newest, Optional<Topic> topic, Instant now) {
        Optional<ProgressRecord> last = last(newest);
        Map<String, Long> recent = new TreeMap<>();
        newest.forEach(record -> record.counts().forEach((name, count) -> recent.merge(name, count, Long::sum)));
        Cut cut = last.map(r -> r.progress().cut()).orElse(Cut.NOTHING);
        return new StreamHealth(
                stream.text(),
                last.map(r -> r.progress().seq()).orElse(0L),
                last.map(ProgressRecord::driver),
                last.map(ProgressRecord::runStartedAt),
                last.map(ProgressRecord::recordedAt),
                // A driver whose clock is ahead would seem to have recorded just now for as long.
                last.map(r -> Duration.between(r.recordedAt(), now).abs().toSeconds()),
                topic.map(t -> lag(t, cut)),
                recent,
                Progress.breaks(newest.stream().map(ProgressRecord::progress).toList()),
                last.map(ProgressRecord::policy).orElse(""));
    }

    private static Optional<PolicyHealth> change(Optional<ProgressRecord> archive, Optional<ProgressRecord> speed) {
        PolicyChanges said =
                new PolicyChanges(archive.map(ProgressRecord::decoding), speed.map(ProgressRecord::decoding));
        Optional<PolicyChange> newest =
                archive.flatMap(record -> record.decoding().newest());
        Optional<Cut> cut = said.policies("").steps().stream()
                .filter(step -> newest.filter(change -> change.number() == step.number())
                        .isPresent())
                .map(Policies.Step::cut)
                .findFirst();
        Map<Stream, Cut> read = new EnumMap<>(Stream.class);
        read.put(Stream.ARCHIVE, archive.map(record -> record.progress().cut()).orElse(Cut.NOTHING));
        read.put(Stream.SPEED, speed.map(record -> record.progress().cut()).orElse(Cut.NOTHING));
        return newest.filter(change -> cut.isEmpty() || !read.values().stream().allMatch(r -> r.reaches(cut.get())))
                .map(change -> new PolicyHealth(
                        change.before(),
                        change.policy(),
                        change.by(),
                        cut.map(FeedHealth::offsets).orElse(Map.of()),
                        read.entrySet().stream()
                                .filter(e -> cut.isPresent())
                                .collect(Collectors.toMap(
                                        e -> e.getKey().text(),
                                        e -> left(e.getValue(), cut.get()),
                                        Long::sum,
                                        TreeMap::new))));
    }

    private static Map<String, Long> offsets(Cut cut) {
        Map<String, Long> offsets = new TreeMap<>();
        cut.offsets().forEach((partition, offset) -> offsets.merge(partition.toString(), offset, Math::max));
        return offsets;
    }

    private static long left(Cut read, Cut cut) {
        return cut.offsets().entrySet().stream()
                .mapToLong(e -> Math.max(0, e.getValue() - read.offsets().getOrDefault(e.getKey(), 0L)))
                .sum();
    }

    private static Optional<ProgressRecord> last(List<ProgressRecord> oldestFirst) {
        return oldestFirst.isEmpty() ? Optional.empty() : Optional.of(oldestFirst.get(oldestFirst.size() - 1));
    }

    /** A partition that was never read lags by all that Kafka has of it; one that is ahead of an old answer by nothing. */
    private static long lag(Topic topic, Cut cut) {
        return topic.latest().offsets().entrySet().stream()
                .mapToLong(end -> {
                    long first = topic.earliest().offsets().getOrDefault(end.getKey(), 0L);
                    return Math.max(0, end.getValue() - cut.offsets().getOrDefault(end.getKey(), first));
                })
                .sum();
    }

    private static Coverage coverage(
            List<ProgressRecord> archive, List<ProgressRecord> speed, Supplier<Iterable<Progress>> speedNewestFirst) {
        long last = last(speed).map(r -> r.progress().seq()).orElse(0L);
        List<Progress> recent =
                new ArrayList<>(speed.stream().map(ProgressRecord::progress).toList());
        Collections.reverse(recent);
        long covered = last(archive)
                .flatMap(a -> Progress.latestCovered(recent, a.progress())
                        .or(() -> speed.isEmpty() || speed.get(0).progress().seq() == 1
                                ? Optional.empty()
                                : Progress.latestCovered(speedNewestFirst.get(), a.progress())))
                .map(Progress::seq)
                .orElse(0L);
        return new Coverage(last, covered, Math.max(0, last - covered));
    }

    private static List<DayHealth> days(
            FeedDeclaration feed, Availability availability, FeedDays days, List<LocalDate> dirty, LocalDate since) {
        Set<LocalDate> told = new TreeSet<>(dirty);
        told.addAll(availability.earlier());
        told.addAll(days.days().keySet());
        told.removeIf(date -> isOlder(days.day(date), date, since));
        Map<String, RollupDays> rollups = new LinkedHashMap<>();
        feed.rollups().forEach(rollup -> rollups.put(rollup.name(), availability.of(rollup)));
        return told.stream().map(date -> day(date, days, rollups)).toList();
    }

    private static boolean isOlder(Day day, LocalDate date, LocalDate since) {
        return day.sealed() && date.isBefore(since);
    }

    private static Older older(FeedDays days, LocalDate since) {
        List<LocalDate> older = days.days().entrySet().stream()
                .filter(day -> isOlder(day.getValue(), day.getKey(), since))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        return older.isEmpty()
                ? Older.NONE
                : new Older(older.size(), Optional.of(older.get(0)), Optional.of(older.get(older.size() - 1)));
    }

    private static DayHealth day(LocalDate date, FeedDays days, Map<String, RollupDays> rollups) {
        Day day = days.day(date);
        Optional<DayRecord> published = Optional.ofNullable(days.published().get(date));
        List<String> unavailable = new ArrayList<>();
        Map<String, List<String>> missing = new TreeMap<>();
        rollups.forEach((rollup, seen) -> seen.of(date)
                .ifPresentOrElse(
                        sources -> {
                            if (!sources.missing().isEmpty()) {
                                missing.put(rollup, List.copyOf(sources.missing()));
                            }
                        },
                        () -> unavailable.add(rollup)));
        return new DayHealth(
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
                unavailable,
                missing);
    }
}
