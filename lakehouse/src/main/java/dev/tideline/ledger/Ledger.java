package dev.tideline.ledger;

import dev.tideline.ledger.DeltaCommits.Commit;
import dev.tideline.ledger.SnapshotRecords.Numbered;
import dev.tideline.protocol.CannotException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * A small Delta table to which records are appended by compare-and-set. Each record stands in the table as a row (some columns
 * for people, and {@code record}, its JSON) and in its commit's metadata. Reading needs no session: the newest records come from
 * the commits, those whose commits have been cleaned away from the table's snapshot by Delta Kernel.
 *
 * <p>Records are Java records, of values that Jackson knows, {@code Optional} and times.
 *
 * <p>A plain append to Delta never conflicts, so each carries a transaction: of two at once with the same {@code app} one
 * fails; and one that comes later finds, once its transaction has begun, that its number is taken.
 */
public final class Ledger<T> {
    /** So many commits without a record in a row are looked through; then the snapshot is asked. */
    private static final int WITHOUT_RECORD = 100;
    /** So many commits are read for records, before the snapshot is the shorter way. */
    private static final int MOST_COMMITS = 20_000;
    /** So many records are kept in memory, and no more than those of so much JSON. */
    private static final int REMEMBERED = 2000;

    private static final long REMEMBERED_CHARACTERS = 64L << 20;
    /** Records that are read one after the other are read in chunks of about so much JSON. */
    private static final long CHUNK_CHARACTERS = 16L << 20;

    private final String path;
    private final Configuration conf;
    private final Class<T> type;
    private final Appender appender;
    private final DeltaCommits commits;

    /** What an append would need to know, as far as records have been read. */
    private final Set<String> unknownToAppend = ConcurrentHashMap.newKeySet();

    private long allVersion = -1;
    private List<T> all = List.of();
    private long lastVersion = -1;
    private Optional<Found<T>> last = Optional.empty();
    private long rememberedCharacters;
    /** By the version of their commit, or by minus their number where that is not known. */
    private final Map<Long, Optional<Found<T>>> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Optional<Found<T>>> eldest) {
            boolean tooMany = size() > REMEMBERED || rememberedCharacters > REMEMBERED_CHARACTERS;
            if (tooMany) {
                rememberedCharacters -= characters(eldest.getValue());
            }
            return tooMany;
        }
    };

    /** A record of so many characters, and the version of its commit where that is known, else -1. */
    private record Found<T>(long number, long version, int characters, T record) {}

    private static int characters(Optional<? extends Found<?>> found) {
        return found.map(Found::characters).orElse(0);
    }

    /** The ledger in the table at {@code path}, a folder or {@code s3a://…}. */
    public Ledger(String path, Configuration conf, Class<T> type, Appender appender) {
        this(path, conf, type, appender, Clock.systemUTC());
    }

    Ledger(String path, Configuration conf, Class<T> type, Appender appender, Clock clock) {
        this.path = path;
        this.conf = conf;
        this.type = type;
        this.appender = appender;
        this.commits = new DeltaCommits(path, conf, clock);
    }

    /**
     * Appends unless another append of {@code app} comes first.
     *
     * @param number of the record among those of {@code app}
     * @param isNext whether the ledger, as it reads now, ends for {@code app} with the record before this one
     * @param columns for people, without the record
     */
    public boolean append(T record, String app, long number, BooleanSupplier isNext, Object... columns) {
        return appender.append(
                LedgerJson.write(record),
                app,
                number,
                version -> {
                    commits.reach(version);
                    boolean next = isNext.getAsBoolean();
                    if (!unknownToAppend.isEmpty()) {
                        throw new CannotException("Cannot append to the lake's ledger " + path + ": it uses "
                                + String.join(", ", unknownToAppend));
                    }
                    return next;
                },
                Arrays.asList(columns));
    }

    /** The record appended last; one request when nothing has changed. */
    public Optional<T> last() {
        return newest().map(Found::record);
    }

    private synchronized Optional<Found<T>> newest() {
        long version = commits.newest();
        if (version != lastVersion) {
            long first = Math.max(lastVersion + 1, version - WITHOUT_RECORD + 1);
            last = newestOf(first, version).or(() -> first == lastVersion + 1 ? last : lastOfSnapshot());
            lastVersion = version;
        }
        return last;
    }

    private Optional<Found<T>> newestOf(long first, long version) {
        for (long v = version; v >= first; v--) {
            List<Optional<Found<T>>> one = backwards(v, v);
            if (one.isEmpty()) {
                return lastOfSnapshot();
            }
            if (one.get(0).isPresent()) {
                return one.get(0);
            }
        }
        return Optional.empty();
    }

    private Optional<Found<T>> lastOfSnapshot() {
        return SnapshotRecords.of(path, conf).flatMap(SnapshotRecords::last).map(this::found);
    }

    /** Every record, oldest first. Later calls read the commits since the last one only. */
    public synchronized List<T> all() {
        long version = commits.newest();
        if (version > allVersion) {
            List<Commit> newer = commits.backwards(allVersion + 1, version, MOST_COMMITS);
            all = newer.size() == version - allVersion ? with(newer) : everything(newer);
            allVersion = version;
        }
        return all;
    }

    private List<T> with(List<Commit> newestFirst) {
        List<String> newer = records(newestFirst);
        return newer.isEmpty()
                ? all
                : Stream.concat(all.stream(), newer.stream().map(this::parse)).toList();
    }

    /** What the commits hold, after what the snapshot holds besides. */
    private List<T> everything(List<Commit> newestFirst) {
        List<String> newest = records(newestFirst);
        Set<String> files = new HashSet<>();
        newestFirst.stream().filter(c -> c.record().isPresent()).forEach(c -> files.addAll(c.files()));
        Set<String> known = new HashSet<>(newest);
        List<T> records = new ArrayList<>();
        SnapshotRecords.of(path, conf).map(s -> s.without(files)).orElse(List.of()).stream()
                .map(Numbered::record)
                .filter(record -> !known.contains(record)) // a compaction has written it again
                .map(this::parse)
                .forEach(records::add);
        newest.stream().map(this::parse).forEach(records::add);
        return List.copyOf(records);
    }

    private static List<String> records(List<Commit> newestFirst) {
        List<String> oldestFirst = new ArrayList<>();
        newestFirst.forEach(commit -> commit.record().ifPresent(oldestFirst::add));
        Collections.reverse(oldestFirst);
        return oldestFirst;
    }

    /** The records {@code first} to {@code last} (inclusive), oldest first, of a ledger with one sequence of numbers. */
    public List<T> between(long first, long last) {
        return between(first, last, () -> SnapshotRecords.of(path, conf));
    }

    /** The records with these numbers, all of which stand. */
    Map<Long, T> numbered(Set<Long> numbers) {
        Map<Long, T> records = new TreeMap<>();
        Set<Long> missing = new TreeSet<>();
        for (long number : numbers) {
            List<T> found = between(number, number, Optional::empty);
            if (found.isEmpty()) {
                missing.add(number);
            } else {
                records.put(number, found.get(0));
            }
        }
        if (!missing.isEmpty()) { // once through the table for all of them
            SnapshotRecords.of(path, conf).map(s -> s.numbered(missing)).orElse(List.of()).stream()
                    .forEach(r -> records.put(r.number(), parse(r.record())));
            missing.removeAll(records.keySet());
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("records " + missing + " of " + path + " are not there");
        }
        return records;
    }

    /** The newest records, oldest first, at most {@code count}; of a ledger with one sequence of numbers. */
    public synchronized List<T> newest(int count) {
        Optional<Found<T>> newest = newest();
        long last = newest.map(Found::number).orElse(0L);
        return between(newest, Math.max(1, last - count + 1), last, () -> SnapshotRecords.of(path, conf));
    }

    /** The same, and no more than have about {@code characters} of JSON together, but the last one always. */
    public synchronized List<T> newest(int count, long characters) {
        long each = Math.max(1, characters(newest()));
        return newest((int) Math.min(count, Math.max(1, characters / each)));
    }

    private synchronized List<T> between(long first, long last, Supplier<Optional<SnapshotRecords>> snapshot) {
        return between(newest(), first, last, snapshot);
    }

    private List<T> between(
            Optional<Found<T>> newest, long first, long last, Supplier<Optional<SnapshotRecords>> snapshot) {
        if (newest.isEmpty() || first > last || first > newest.get().number()) {
            return List.of();
        }
        long to = Math.min(last, newest.get().number());
        List<T> newestFirst = new ArrayList<>();
        long next = to; // the number that is looked for
        if (newest.get().version() >= 0) {
            // Commits without a record only ever push later records to later versions.
            long version = newest.get().version() - newest.get().number() + to;
            long oldest = Math.max(0, version - MOST_COMMITS);
            int chunk = 16;
            int missed = 0;
            while (next >= first && version >= oldest && missed < WITHOUT_RECORD) {
                long from = Math.max(oldest, version - Math.min(chunk, Math.max(1, next - first + 1)) + 1);
                List<Optional<Found<T>>> read = backwards(from, version);
                for (Optional<Found<T>> found : read) {
                    missed = found.isPresent() ? 0 : missed + 1;
                    if (found.isPresent() && found.get().number() == next) {
                        newestFirst.add(found.get().record());
                        next--;
                    }
                }
                if (read.size() < version - from + 1) {
                    break; // cleaned away
                }
                version = from - 1;
                chunk = Math.min(chunk * 4, 1024);
            }
        }
        List<T> records = new ArrayList<>();
        if (next >= first) {
            records.addAll(ofRows(first, next, snapshot));
        }
        Collections.reverse(newestFirst);
        records.addAll(newestFirst);
        return List.copyOf(records);
    }

    /** From memory when all of them are there: the newest rows of a ledger that rests are asked for again and again. */
    private List<T> ofRows(long first, long last, Supplier<Optional<SnapshotRecords>> snapshot) {
        List<T> known = new ArrayList<>();
        for (long number = first; number <= last && remembered.containsKey(-number); number++) {
            remembered.get(-number).ifPresent(found -> known.add(found.record()));
        }
        if (known.size() == last - first + 1) {
            return known;
        }
        List<T> read = new ArrayList<>();
        snapshot.get()
                .ifPresent(s -> s.between(first, last).forEach(row -> {
                    Found<T> found = found(row);
                    remember(-row.number(), Optional.of(found));
                    read.add(found.record());
                }));
        return read;
    }

    private void remember(long key, Optional<Found<T>> found) {
        rememberedCharacters += characters(found) - characters(remembered.getOrDefault(key, Optional.empty()));
        remembered.put(key, found);
    }

    /** The records newest first, read as far back as the caller goes; of a ledger with one sequence of numbers. */
    public Iterable<T> newestFirst() {
        return () -> new Iterator<>() {
            private long before = newest().map(Found::number).orElse(0L) + 1;
            private final long each = Math.max(1, characters(newest()));
            private List<T> chunk = List.of();
            private int size = 1;

            @Override
            public boolean hasNext() {
                if (chunk.isEmpty() && before > 1) {
                    List<T> records = new ArrayList<>(between(Math.max(1, before - size), before - 1));
                    Collections.reverse(records);
                    chunk = records;
                    before = records.isEmpty() ? 1 : Math.max(1, before - size);
                    size = (int) Math.min(size * 8L, Math.max(1, Math.min(1000, CHUNK_CHARACTERS / each)));
                }
                return !chunk.isEmpty();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                T next = chunk.get(0);
                chunk = chunk.subList(1, chunk.size());
                return next;
            }
        };
    }

    /** What the commits {@code first} to {@code last} hold, newest first, as far back as they are there. */
    private List<Optional<Found<T>>> backwards(long first, long last) {
        List<Optional<Found<T>>> found = new ArrayList<>();
        long version = last;
        while (version >= first) {
            Optional<Found<T>> known = remembered.get(version);
            if (known != null) {
                found.add(known);
                version--;
            } else {
                long from = version;
                while (from > first && !remembered.containsKey(from - 1)) {
                    from--;
                }
                List<Commit> read = commits.backwards(from, version, MOST_COMMITS);
                for (Commit commit : read) {
                    Optional<Found<T>> record = commit.record().map(json -> found(commit, json));
                    remember(commit.version(), record);
                    found.add(record);
                }
                if (read.size() < version - from + 1) {
                    return found;
                }
                version = from - 1;
            }
        }
        return found;
    }

    private Found<T> found(Commit commit, String json) {
        return new Found<>(commit.number().orElse(commit.version()), commit.version(), json.length(), parse(json));
    }

    private Found<T> found(Numbered row) {
        return new Found<>(row.number(), -1, row.record().length(), parse(row.record()));
    }

    private T parse(String json) {
        return LedgerJson.read(json, type, path, unknownToAppend::add);
    }
}
