package dev.tideline.operations;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.Introduced;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Causes;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.DecodedRanges;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.table.LakeTable;
import java.sql.Date;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Whether a feed's tables hold what its ledgers say: what a restored copy of a lake has to show before it is used. Tables that were
 * copied at different moments leave records without rows, generations without files, days that were settled beyond the
 * ledgers. Nothing is written; a stream, a recompute or a fold may go on meanwhile.
 *
 * @param microBatches whose rows were counted
 * @param generations whose rows were counted
 * @param files that were looked up in the store
 * @param losses gaps between recorded ranges that an operator accepted; nothing is wrong with them
 * @param findings what is wrong, one line each
 */
public record Verification(
        String feed, long microBatches, long generations, long files, List<String> losses, List<String> findings) {
    /** So many times it begins anew where entries of days changed what was read. */
    private static final int ATTEMPTS = 3;

    public Verification {
        losses = List.copyOf(losses);
        findings = List.copyOf(findings);
    }

    /**
     * What is looked at.
     *
     * @param since micro-batches recorded on this date (UTC) or later, and days from it on; everything when empty
     * @param dates these days only, and no micro-batches, whose rows may be of any day; every day when empty
     */
    public record Scope(Optional<LocalDate> since, Set<LocalDate> dates) {
        /** Everything. */
        public static final Scope ALL = new Scope(Optional.empty(), Set.of());

        public Scope {
            dates = Set.copyOf(dates);
        }

        boolean has(LocalDate day) {
            return dates.isEmpty() ? since.map(first -> !day.isBefore(first)).orElse(true) : dates.contains(day);
        }

        boolean has(Instant recordedAt) {
            return has(LocalDate.ofInstant(recordedAt, ZoneOffset.UTC));
        }

        boolean hasMicroBatches() {
            return dates.isEmpty();
        }

        boolean isAll() {
            return since.isEmpty() && dates.isEmpty();
        }
    }

    /**
     * Looks at {@code feed}.
     *
     * @param progress is told what is looked at, a line now and then
     */
    public static Verification of(Lake lake, Feed feed, Scope scope, Consumer<String> progress) {
        for (int attempt = 1; ; attempt++) {
            Run run = new Run(lake, feed, scope, progress);
            Verification verification = run.verify();
            if (verification.findings.isEmpty() || run.stands() || attempt == ATTEMPTS) {
                return verification;
            }
            progress.accept(feed.name() + ": tables were rewritten meanwhile, once more");
        }
    }

    /** One look at everything. */
    private static final class Run {
        /** Micro-batches whose rows are counted at a time. */
        private static final int AT_ONCE = 50_000;
        /** Micro-batches with other rows than recorded that are named. */
        private static final int NAMED = 3;

        private final Lake lake;
        private final Feed feed;
        private final Scope scope;
        private final Consumer<String> progress;
        private final List<String> losses = new ArrayList<>();
        private final List<String> findings = new ArrayList<>();
        private final Set<String> unreadable = new HashSet<>();
        private final Map<String, Long> versions = new HashMap<>();
        private final Map<Stream, DecodedRanges> decoded =
                Map.of(Stream.ARCHIVE, new DecodedRanges(), Stream.SPEED, new DecodedRanges());
        private FeedDays days = FeedDays.NONE;
        private Set<Definition> predecessors = Set.of();
        private Map<Stream, Optional<ProgressRecord>> last = Map.of();
        private long microBatches;
        private long generations;
        private long files;

        Run(Lake lake, Feed feed, Scope scope, Consumer<String> progress) {
            this.lake = lake;
            this.feed = feed;
            this.scope = scope;
            this.progress = progress;
        }

        Verification verify() {
            boolean daysRead = attempt("days", () -> days = lake.days().feed(feed.name()));
            boolean streamsRead = attempt(
                    "the ledgers of its streams",
                    () -> last = Map.of(
                            Stream.SPEED, lake.progress(feed, Stream.SPEED).last(),
                            Stream.ARCHIVE, lake.progress(feed, Stream.ARCHIVE).last()));
            if (daysRead && streamsRead) {
                attempt("the files that it was declared with", () -> predecessors = predecessors());
                files();
                days();
                for (Stream stream : Stream.values()) {
                    attempt("the ledger of its " + stream.text() + " stream", () -> stream(stream));
                }
                generations();
                decoded.get(Stream.ARCHIVE)
                        .differences(decoded.get(Stream.SPEED))
                        .forEach(
                                what -> losses.add(
                                        feed.name() + ": " + what
                                                + " in the archive and in the speed layer: the next recompute of these days settles it"));
            }
            return new Verification(feed.name(), microBatches, generations, files, losses, findings);
        }

        /** Whether no entry came since that may have rewritten what was read. */
        boolean stands() {
            Map<LocalDate, Day> now = lake.days().days(feed.name());
            return now.entrySet().stream()
                    .allMatch(e -> e.getValue().unsafe() == days.day(e.getKey()).unsafe());
        }

        private void found(String what) {
            findings.add(feed.name() + ": " + what);
        }

        private interface Look {
            void run();
        }

        private boolean attempt(String what, Look look) {
            try {
                look.run();
                return true;
            } catch (RuntimeException e) {
                found(what + " cannot be read: " + Causes.line(e));
                return false;
            }
        }

        // Files

        private void files() {
            List<LakeTable> tables = new ArrayList<>(List.of(lake.daysTable(), lake.raw(feed), lake.rejected()));
            for (Stream stream : Stream.values()) {
                tables.add(lake.progressTable(feed, stream));
            }
            definitions(last.get(Stream.SPEED).map(ProgressRecord::rollups).orElse(Map.of()))
                    .forEach(d -> tables.add(lake.speed(d.rollup(), d.fingerprint())));
            predecessors.forEach(d -> tables.add(lake.speed(d.rollup(), d.fingerprint())));
            for (Definition definition : published()) {
                for (Grain grain : Grain.values()) {
                    tables.add(lake.batch(definition.rollup(), definition.fingerprint(), grain));
                }
            }
            progress.accept(feed.name() + ": files of " + tables.size() + " tables");
            for (LakeTable table : tables) {
                if (!attempt(name(table), () -> files(table))) {
                    unreadable.add(table.path());
                }
            }
        }

        private void files(LakeTable table) {
            long version = table.version();
            versions.put(table.path(), version);
            if (version < 0) {
                return;
            }
            LakeTable.Files found = table.filesInStore(version);
            files += found.count();
            if (!found.lost().isEmpty()) {
                unreadable.add(table.path());
                found(name(table) + ": " + found.lost().size() + " of " + found.count() + " files are lost, the first: "
                        + found.lost().get(0));
            }
        }

        private String name(LakeTable table) {
            return table.path().substring(lake.root().length() + 1);
        }

        private record Definition(String rollup, String fingerprint) {
            boolean isComputedBy(ProgressRecord record) {
                return fingerprint.equals(record.rollups().get(rollup));
            }
        }

        private static Set<Definition> definitions(Map<String, String> rollups) {
            return rollups.entrySet().stream()
                    .map(e -> new Definition(e.getKey(), e.getValue()))
                    .collect(Collectors.toSet());
        }

        /** Earlier definitions that days are read by; not that of the last micro-batch. */
        private Set<Definition> predecessors() {
            Availability availability = Availability.of(
                    days, last.get(Stream.SPEED), FeedHistory.of(lake.ledgers(), feed.name(), feed.source()));
            Set<Definition> read = new HashSet<>();
            feed.rollups()
                    .forEach(rollup -> availability.of(rollup.declaration()).predecessors().keySet().stream()
                            .filter(print -> !availability.computes(rollup.name(), print))
                            .forEach(print -> read.add(new Definition(rollup.name(), print))));
            return read;
        }

        /** Of the generations that readers see or can be sent back to. */
        private Set<Definition> published() {
            return days.entries().stream()
                    .filter(this::isKept)
                    .flatMap(r -> definitions(r.rollups()).stream())
                    .collect(Collectors.toSet());
        }

        private boolean isKept(DayRecord record) {
            return scope.has(record.day())
                    && record.entry() instanceof DayEntry.Published p
                    && days.day(record.day()).kept().containsKey(p.generation());
        }

        /** The rows that {@code table} had when its files were looked up; empty when they cannot be read. */
        private Optional<Dataset<Row>> rows(LakeTable table) {
            long version = versions.getOrDefault(table.path(), -1L);
            return version < 0 || unreadable.contains(table.path()) ? Optional.empty() : Optional.of(table.at(version));
        }

        // Days against the ledgers of the streams

        private void days() {
            Map<LocalDate, Long> numbers = new TreeMap<>();
            for (DayRecord record : days.entries()) {
                long expected = numbers.merge(record.day(), 1L, Long::sum);
                if (record.number() != expected) {
                    found(record.day() + ": its entry " + expected + " is missing, number " + record.number()
                            + " stands in its place");
                    numbers.put(record.day(), record.number());
                }
            }
            new TreeMap<>(days.days()).forEach((date, day) -> {
                if (scope.has(date)) {
                    attempt(date + ": its horizon", () -> day(date, day));
                }
            });
        }

        private void day(LocalDate date, Day day) {
            Progress speed = last(Stream.SPEED);
            Progress archive = last(Stream.ARCHIVE);
            if (day.foldedTo() > speed.seq()) {
                found(date + ": its partials were folded up to seq " + day.foldedTo()
                        + ", and the speed stream's ledger ends at " + speed.seq()
                        + " (days and progress are of different moments)");
            }
            if (day.horizon().isEmpty()) {
                return;
            }
            Horizon horizon = day.horizon().get();
            if (horizon.seq() > speed.seq()) {
                found(date + ": it was settled at seq " + horizon.seq() + ", and the speed stream's ledger ends at "
                        + speed.seq() + " (days and progress are of different moments)");
                return;
            }
            List<Progress> recorded = lake.progress(feed, Stream.SPEED).between(horizon.seq(), horizon.seq());
            boolean isThere = recorded.size() == 1
                    && (horizon.run().isEmpty()
                            || horizon.run().equals(recorded.get(0).run()));
            if (!isThere) {
                found(date + ": it was settled at the speed stream's record " + horizon.seq()
                        + (recorded.isEmpty() ? ", which is missing" : " of another run than has it now"));
            } else if (!archive.contains(recorded.get(0))) {
                found(date + ": it was settled beyond what the archive's ledger has, which ends at seq "
                        + archive.seq());
            }
        }

        private Progress last(Stream stream) {
            return last.get(stream).map(ProgressRecord::progress).orElse(Progress.NONE);
        }

        // Records and their rows

        private void stream(Stream stream) {
            if (!scope.hasMicroBatches() || last.get(stream).isEmpty()) {
                return;
            }
            ProgressLedger ledger = lake.progress(feed, stream);
            Owners owners = ledger.whole(last(stream)).owners();
            List<RowCount> counts = stream == Stream.ARCHIVE ? ofArchive(owners) : ofSpeed(owners);
            long next = last(stream).seq();
            List<ProgressRecord> chunk = new ArrayList<>(); // newest first
            boolean whole = true;
            for (ProgressRecord record : ledger.recordsNewestFirst()) {
                long seq = record.progress().seq();
                if (seq > next) {
                    continue; // recorded since
                }
                chunk.add(record);
                next = seq - 1;
                if (!record.changes().isEmpty()) { // else each stream began by itself
                    decoded.get(stream).add(record.progress(), record.policy());
                }
                if (!scope.has(record.recordedAt())) {
                    whole = false;
                    break;
                }
                if (chunk.size() > AT_ONCE) {
                    rows(stream, chunk, counts, true);
                    chunk = new ArrayList<>(chunk.subList(chunk.size() - 1, chunk.size()));
                }
            }
            if (!chunk.isEmpty()) {
                rows(stream, chunk, counts, !whole);
            }
            if (whole && next != 0) {
                found("the ledger of its " + stream.text() + " stream begins at seq " + (next + 1) + ", not at 1");
            }
            counts.forEach(RowCount::end);
        }

        /** @param before whether the oldest record is there to be compared with only */
        private void rows(Stream stream, List<ProgressRecord> newestFirst, List<RowCount> counts, boolean before) {
            List<ProgressRecord> records = new ArrayList<>(newestFirst);
            Collections.reverse(records);
            for (String broken : Progress.breaks(
                    records.stream().map(ProgressRecord::progress).toList())) {
                String line = "the ledger of its " + stream.text() + " stream: " + broken;
                if (broken.startsWith("gap")) {
                    losses.add(feed.name() + ": " + line);
                } else {
                    found(line);
                }
            }
            List<ProgressRecord> counted = before ? records.subList(1, records.size()) : records;
            if (!counted.isEmpty()) {
                long from = counted.get(0).progress().seq();
                long to = counted.get(counted.size() - 1).progress().seq();
                progress.accept(feed.name() + " " + stream.text() + ": rows of micro-batches " + from + " to " + to);
                microBatches += counted.size();
                counts.forEach(count -> attempt(count.name, () -> count.look(counted, from, to)));
            }
        }

        private List<RowCount> ofArchive(Owners owners) {
            List<RowCount> counts = new ArrayList<>();
            List<DayRecord> sealed = days.published().values().stream()
                    .filter(r -> days.day(r.day()).sealed())
                    .toList();
            long upTo = sealed.stream()
                    .mapToLong(r -> r.counts()
                            .getOrDefault(
                                    DayRecord.ARCHIVE_SEQ, last(Stream.ARCHIVE).seq()))
                    .max()
                    .orElse(0);
            long gone = sealed.stream()
                    .mapToLong(r -> r.counts().getOrDefault("events", 0L))
                    .sum();
            LakeTable raw = lake.raw(feed);
            if (!unreadable.contains(raw.path())) {
                counts.add(new RowCount(name(raw), rows(raw), owners, count(lit(1)), true)
                        .movedUpTo(upTo, gone)
                        .of("accepted"));
            }
            LakeTable rejected = lake.rejected();
            if (!unreadable.contains(rejected.path())) {
                counts.add(new RowCount(
                                name(rejected),
                                rows(rejected)
                                        .map(rows -> rows.where(col("feed").equalTo(feed.name()))),
                                owners,
                                count(lit(1)),
                                true)
                        .movedUpTo(
                                lake.progress(feed, Stream.ARCHIVE)
                                        .olderThan(feed.retention().raw()),
                                Long.MAX_VALUE)
                        .of("rejected"));
            }
            return counts;
        }

        private List<RowCount> ofSpeed(Owners owners) {
            ProgressRecord newest = last.get(Stream.SPEED).orElseThrow();
            long folded = days.days().values().stream()
                    .mapToLong(day -> Math.max(day.foldedTo(), day.floor()))
                    .max()
                    .orElse(0);
            boolean pruned = days.days().values().stream().anyMatch(day -> day.floor() > 0);
            List<RowCount> counts = new ArrayList<>();
            newest.rollups().forEach((name, fingerprint) -> {
                LakeTable table = lake.speed(name, fingerprint);
                boolean filters = feed.rollup(name)
                        .filter(rollup -> rollup.fingerprint().equals(fingerprint))
                        .map(Rollup::where)
                        .map(Optional::isPresent)
                        .orElse(true);
                Introduced introduced = newest.introduced().get(name);
                if (!unreadable.contains(table.path())) {
                    counts.add(new RowCount(name(table), rows(table), owners, sum(Rollups.EVENTS), !filters)
                            .movedUpTo(folded, pruned ? Long.MAX_VALUE : 0)
                            .since(introduced == null ? 1 : introduced.seq())
                            .of("accepted")
                            .without("duplicate"));
                }
            });
            for (Definition definition : predecessors) {
                LakeTable table = lake.speed(definition.rollup(), definition.fingerprint());
                if (!unreadable.contains(table.path())) {
                    counts.add(new RowCount(
                                    name(table),
                                    rows(table),
                                    owners,
                                    sum(Rollups.EVENTS),
                                    feed.rollup(definition.rollup())
                                            .flatMap(Rollup::where)
                                            .isEmpty())
                            .movedUpTo(folded, Long.MAX_VALUE)
                            .by(definition)
                            .of("accepted")
                            .without("duplicate"));
                }
            }
            return counts;
        }

        /** Events that one table holds of each micro-batch, beside those that were recorded. */
        private final class RowCount {
            private final String name;
            private final Optional<Dataset<Row>> rows;
            private final Column count;
            /** Whether all recorded events are in it; else some may have been filtered. */
            private final boolean all;

            private String counted = "";
            private Optional<String> subtracted = Optional.empty();
            private Optional<Definition> definition = Optional.empty();
            private long first = 1;
            private long movedUpTo;
            private long gone;

            private long movedRows;
            private long movedRecorded;
            private long wrong;
            private final List<String> named = new ArrayList<>();

            RowCount(String name, Optional<Dataset<Row>> rows, Owners owners, Column count, boolean all) {
                this.name = name;
                this.rows = rows.map(r -> r.where(RowFilters.recorded(owners)));
                this.count = count;
                this.all = all;
            }

            RowCount of(String what) {
                counted = what;
                return this;
            }

            RowCount without(String what) {
                subtracted = Optional.of(what);
                return this;
            }

            RowCount since(long seq) {
                first = seq;
                return this;
            }

            /** Of the micro-batches that computed this definition. */
            RowCount by(Definition definition) {
                this.definition = Optional.of(definition);
                return this;
            }

            /** Rows up to {@code seq} may stand under another seq, and at most {@code events} of them may have left. */
            RowCount movedUpTo(long seq, long events) {
                movedUpTo = seq;
                gone = events;
                return this;
            }

            void look(List<ProgressRecord> records, long from, long to) {
                Map<Long, Long> found = new HashMap<>();
                rows.ifPresent(r -> r.where(col("seq").between(from, to))
                        .groupBy("seq")
                        .agg(count)
                        .collectAsList()
                        .forEach(row -> found.put(row.getLong(0), row.getLong(1))));
                records.forEach(record ->
                        compare(record, found.getOrDefault(record.progress().seq(), 0L)));
            }

            private void compare(ProgressRecord record, long found) {
                long seq = record.progress().seq();
                if (seq < first
                        || definition.filter(d -> !d.isComputedBy(record)).isPresent()) {
                    return; // of the same definition in an earlier life, or of another
                }
                long recorded = record.counts().getOrDefault(counted, 0L)
                        - subtracted
                                .map(what -> record.counts().getOrDefault(what, 0L))
                                .orElse(0L);
                if (seq <= movedUpTo) {
                    movedRows += found;
                    movedRecorded += recorded;
                } else if (found > recorded || (all && found < recorded)) {
                    wrong++;
                    if (named.size() < NAMED) {
                        named.add("seq %d has %,d events of %,d recorded".formatted(seq, found, recorded));
                    }
                }
            }

            void end() {
                if (wrong > 0) {
                    found(name + ": " + String.join(", ", named)
                            + (wrong > named.size()
                                    ? ", and %,d more micro-batches".formatted(wrong - named.size())
                                    : ""));
                }
                boolean tooFew = all && movedRecorded - movedRows > gone;
                // Counted of some micro-batches only, rows of these may stand under a seq of others.
                if (scope.isAll() && first == 1 && definition.isEmpty() && (movedRows > movedRecorded || tooFew)) {
                    found(name
                            + ": up to seq %d it has %,d events of %,d recorded"
                                    .formatted(movedUpTo, movedRows, movedRecorded));
                }
            }
        }

        // Generations and their rows

        private record Part(LocalDate day, String generation) {}

        private void generations() {
            Map<Definition, List<DayRecord>> parts = new HashMap<>();
            days.entries().stream().filter(this::isKept).forEach(record -> {
                generations++;
                definitions(record.rollups())
                        .forEach(d -> parts.computeIfAbsent(d, definition -> new ArrayList<>())
                                .add(record));
            });
            progress.accept(feed.name() + ": rows of " + generations + " generations");
            parts.forEach((definition, records) -> {
                for (Grain grain : Grain.values()) {
                    LakeTable table = lake.batch(definition.rollup(), definition.fingerprint(), grain);
                    if (!unreadable.contains(table.path())) {
                        attempt(name(table), () -> generations(definition.rollup(), table, records));
                    }
                }
            });
        }

        private void generations(String rollup, LakeTable table, List<DayRecord> records) {
            Map<Part, Long> found = new HashMap<>();
            rows(table)
                    .ifPresent(rows -> (scope.isAll() ? rows : rows.where(onDaysOf(records)))
                            .groupBy("event_date", "generation")
                            .agg(sum(Rollups.EVENTS))
                            .collectAsList()
                            .forEach(row -> found.put(
                                    new Part(row.getDate(0).toLocalDate(), row.getString(1)), row.getLong(2))));
            for (DayRecord record : records) {
                String generation = ((DayEntry.Published) record.entry()).generation();
                Long counted = record.counts().get(rollup + ".counted");
                long there = found.getOrDefault(new Part(record.day(), generation), 0L);
                if (counted != null && counted != there) {
                    found(name(table)
                            + ": generation %s of %s has %,d events of %,d published"
                                    .formatted(generation, record.day(), there, counted));
                }
            }
        }

        private static Column onDaysOf(List<DayRecord> records) {
            Object[] dates =
                    records.stream().map(r -> Date.valueOf(r.day())).distinct().toArray();
            return col("event_date").isin(dates);
        }
    }
}
