package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Intents;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything that exists at one moment: Kafka, the ledgers, the tables and the processes. A step copies the world and changes
 * the copy; all that the fields refer to is immutable.
 */
final class World<P> {
    final Aggregation<P> aggregation;
    final Set<Lapse> lapses;
    Kafka kafka;
    Table<Progress> archive = Table.ledger();
    Table<Progress> speed = Table.ledger();
    Table<Row<Event>> raw = Table.ordered(Row.eventOrder());
    Table<Row<P>> partials = Table.ordered(Row.order());
    Table<Settled<P>> batch = Table.ordered(Settled.order());
    Map<LocalDate, Table<Entry>> days = Map.of();
    /** Delta's memory of the fold transactions: for each day the entry number of the last rewrite. */
    Map<LocalDate, Long> folds = Map.of();
    /** How many intents a day keeps. */
    int intents = Intents.NONE.limit();
    /** Whether a publish that is refused for no good reason breaks a law; not where a scope looks for what comes of publishing. */
    boolean judgesRefusals = true;

    List<Actor<P>> actors;

    World(Aggregation<P> aggregation, Set<Lapse> lapses, Kafka kafka, List<Actor<P>> actors) {
        this.aggregation = aggregation;
        this.lapses = lapses;
        this.kafka = kafka;
        this.actors = actors;
    }

    World<P> copy() {
        World<P> copy = new World<>(aggregation, lapses, kafka, actors);
        copy.archive = archive;
        copy.speed = speed;
        copy.raw = raw;
        copy.partials = partials;
        copy.batch = batch;
        copy.days = days;
        copy.folds = folds;
        copy.intents = intents;
        copy.judgesRefusals = judgesRefusals;
        return copy;
    }

    boolean does(Lapse lapse) {
        return lapses.contains(lapse);
    }

    /** Whether nothing that the laws speak of was touched since {@code other}. */
    @SuppressWarnings("ReferenceEquality") // a version that was not touched is the same object
    boolean looksLike(World<P> other) {
        return kafka == other.kafka
                && archive == other.archive
                && speed == other.speed
                && raw == other.raw
                && partials == other.partials
                && batch == other.batch
                && days == other.days;
    }

    /** Lets the actor at {@code index} take one step. */
    boolean step(int index, Choice choice) {
        Optional<Actor<P>> next = actors.get(index).step(this, choice);
        next.ifPresent(actor -> {
            List<Actor<P>> all = new ArrayList<>(actors);
            all.set(index, actor);
            actors = all;
        });
        return next.isPresent();
    }

    Progress archived() {
        return archive.last().orElse(Progress.NONE);
    }

    Progress sped() {
        return speed.last().orElse(Progress.NONE);
    }

    Day day(LocalDate date) {
        return Optional.ofNullable(days.get(date))
                .flatMap(Table::last)
                .map(Entry::day)
                .orElseGet(this::unwritten);
    }

    private Day unwritten() {
        Day day = Day.NEW;
        return new Day(
                day.entries(),
                day.current(),
                day.kept(),
                day.retired(),
                day.foldedTo(),
                day.folds(),
                new Intents(intents, List.of()),
                day.floor(),
                day.held(),
                day.sealed(),
                day.unsafe());
    }

    Map<LocalDate, Day> daysNow() {
        Map<LocalDate, Day> now = new HashMap<>();
        days.forEach((date, entries) -> now.put(date, day(date)));
        return now;
    }

    Resolution resolution() {
        return new Resolution(sped(), daysNow());
    }

    /** The latest recorded speed cut that the archive covers, as a recompute and a fold see it now. */
    Optional<Horizon> covered() {
        return covered(speed.rows(), archived());
    }

    Optional<Horizon> covered(List<Progress> speedRecords, Progress archive) {
        if (speedRecords.isEmpty()) {
            return Optional.empty();
        }
        Progress last = speedRecords.get(speedRecords.size() - 1);
        if (does(Lapse.HORIZON_IS_NOT_COVERED)) {
            return Optional.of(last.horizon());
        }
        if (does(Lapse.HORIZON_IS_NOT_RECORDED)) {
            return archive.contains(last) ? Optional.of(new Horizon(last.seq(), archive.cut())) : Optional.empty();
        }
        if (does(Lapse.HORIZON_FOR_EACH_PARTITION)) {
            Map<dev.tideline.protocol.SourcePartition, Long> least =
                    new TreeMap<>(last.cut().offsets());
            least.replaceAll((partition, offset) ->
                    Math.min(offset, archive.cut().offsets().getOrDefault(partition, 0L)));
            return Optional.of(new Horizon(last.seq(), new Cut(least)));
        }
        Progress knows = archive;
        if (does(Lapse.UNKNOWN_PARTITION_IS_COVERED)) {
            knows = new Progress(
                    archive.seq(),
                    archive.run(),
                    archive.from(),
                    archive.cut().orElse(last.cut()),
                    archive.origin().orElse(last.origin()),
                    archive.owners());
        }
        List<Progress> newestFirst = new ArrayList<>(speedRecords);
        Collections.reverse(newestFirst);
        return Progress.latestCovered(newestFirst, knows).map(Progress::horizon);
    }

    /** Appends an entry unless another one came since {@code known} was read; whether it stands. */
    boolean append(LocalDate date, Day known, DayEntry entry) {
        Day day = day(date);
        if (day.entries() != known.entries() && !does(Lapse.ENTRY_IS_APPENDED_UNCHECKED)) {
            return false;
        }
        Map<LocalDate, Table<Entry>> next = new TreeMap<>(days);
        next.put(date, days.getOrDefault(date, Table.ledger()).plus(List.of(new Entry(entry, entry.applyTo(day)))));
        days = next;
        return true;
    }
}
