package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** docs/PROTOCOL.md's laws as brute force over Kafka's log and the ledgers, compared with what a reader computes from the tables. */
final class Laws {
    private Laws() {}

    /** Laws 1 and 4, as a reader finds the world who reads everything in one moment. */
    static <P> void check(World<P> world) {
        complete(world, world.resolution(), world.batch, world.partials, "a reader");
        nothingVanished(world);
        world.days.values().forEach(Laws::heldDaysStay);
    }

    /** Rule 10: between a rollback and its release readers see what the operator chose. */
    private static void heldDaysStay(Table<Entry> entries) {
        for (int i = 1; i < entries.rows().size(); i++) {
            DayEntry entry = entries.rows().get(i).entry();
            if (entry instanceof DayEntry.Published
                    && entries.rows().get(i - 1).day().held()) {
                throw new LawBroken("rule 10: a held day was published: " + entry);
            }
        }
    }

    /**
     * Liveness: a publish whose intent stands is refused only because another publish, a hold, a seal or a retirement came, or as
     * many newer intents as a day keeps.
     *
     * @param intended the number of the entry that holds the intent
     */
    static void refusedForAReason(World<?> world, LocalDate date, String generation, Horizon horizon, long intended) {
        Day day = world.day(date);
        boolean newer = day.horizon().filter(h -> h.seq() > horizon.seq()).isPresent();
        long intents = world.days.getOrDefault(date, Table.ledger()).rows().stream()
                .skip(intended)
                .filter(e -> e.entry() instanceof DayEntry.Intends)
                .count();
        if (world.judgesRefusals
                && !newer
                && !day.held()
                && !day.sealed()
                && !day.retired().contains(generation)
                && intents < day.intents().limit()) {
            throw new LawBroken("liveness: %s may not publish at seq %d though it said so before: %s"
                    .formatted(generation, horizon.seq(), day));
        }
    }

    /** Law 1 for one resolution and the tables pinned under it. */
    static <P> void complete(
            World<P> world, Resolution resolution, Table<Settled<P>> batch, Table<Row<P>> partials, String reader) {
        for (LocalDate date : days(world)) {
            P seen = view(world, resolution, date, batch, partials);
            if (world.does(Lapse.HORIZON_FOR_EACH_PARTITION)) {
                notOftenerThanRead(world, resolution.speed(), date, seen);
                continue;
            }
            P expected = world.aggregation.all(counted(world, resolution.speed(), date, resolution.day(date)));
            if (!seen.equals(expected)) {
                throw new LawBroken("law 1: %s sees %s of day %s and should see %s (speed seq %d, %s)"
                        .formatted(
                                reader,
                                seen,
                                date.getDayOfMonth(),
                                expected,
                                resolution.speed().seq(),
                                resolution.day(date)));
            }
        }
    }

    /** The serving view of one day. */
    static <P> P view(
            World<P> world, Resolution resolution, LocalDate date, Table<Settled<P>> batch, Table<Row<P>> partials) {
        List<P> parts = new ArrayList<>();
        for (Settled<P> row : batch.rows()) {
            if (row.day().equals(date) && resolution.showsBatch(date, row.generation())) {
                parts.add(row.part());
            }
        }
        Optional<Horizon> boundary = world.does(Lapse.HORIZON_FOR_EACH_PARTITION)
                ? resolution.day(date).horizon()
                : Optional.empty();
        for (Row<P> row : partials.rows()) {
            if (!row.day().equals(date)) {
                continue;
            }
            if (boundary.isPresent()) {
                if (resolution.speed().owners().owns(row.run(), row.seq())) {
                    parts.add(beyond(world, row.part(), boundary.get().cut().orElseThrow()));
                }
            } else if (resolution.showsSpeed(date, row.seq(), row.run())) {
                parts.add(row.part());
            }
        }
        return world.aggregation.merged(parts);
    }

    /** The copies that law 1 counts: the winners below the horizon, and those of each later micro-batch. */
    static List<Event> counted(World<?> world, Progress speed, LocalDate date, Day day) {
        List<Event> copies = copies(world, date);
        List<Event> counted = new ArrayList<>();
        day.horizon()
                .ifPresent(h -> counted.addAll(winners(
                        copies,
                        e -> e.isBelow(h.cut().orElseThrow()) && e.isBelow(speed.cut()) && wasAccepted(world, e))));
        long settled = day.horizon().map(Horizon::seq).orElse(0L);
        for (Progress record : world.speed.rows()) {
            if (settled < record.seq() && record.seq() <= speed.seq()) {
                boolean fromRaw = record.run().startsWith(CatchUp.RUN);
                counted.addAll(winners(copies, e -> read(record, e) && (!fromRaw || wasArchived(world, e))));
            }
        }
        return counted;
    }

    private static Collection<Event> winners(List<Event> copies, Predicate<Event> some) {
        List<Event> found = new ArrayList<>();
        for (Event copy : copies) {
            if (some.test(copy)) {
                found.add(copy);
            }
        }
        return Event.winners(found);
    }

    private static boolean read(Progress record, Event event) {
        return record.from().offsets().containsKey(event.partition())
                && event.isBelow(record.cut())
                && !event.isBelow(record.from());
    }

    /** Read by a stream; not where the archive's ledger shows a gap, which an operator accepted as a loss. */
    private static boolean wasAccepted(World<?> world, Event event) {
        if (!world.kafka.gone().contains(event) || wasArchived(world, event)) {
            return true;
        }
        boolean inGap = event.isBelow(world.archived().cut())
                && !event.isBelow(world.archived().origin());
        return !inGap && world.speed.rows().stream().anyMatch(record -> read(record, event));
    }

    private static boolean wasArchived(World<?> world, Event event) {
        return world.archive.rows().stream().anyMatch(record -> read(record, event));
    }

    private static List<Event> copies(World<?> world, LocalDate date) {
        List<Event> copies = new ArrayList<>();
        for (Event event : world.kafka.events()) {
            if (event.day().equals(date)) {
                copies.add(event);
            }
        }
        return copies;
    }

    /** Law 2 for a day that was just recomputed with nothing in flight: each event once. */
    static <P> void exact(World<P> world, LocalDate date) {
        P seen = view(world, world.resolution(), date, world.batch, world.partials);
        P expected = world.aggregation.all(Event.winners(copies(world, date)));
        if (!seen.equals(expected)) {
            throw new LawBroken("law 2: after a recompute day %s is %s and should be %s (%s)"
                    .formatted(date.getDayOfMonth(), seen, expected, world.day(date)));
        }
    }

    /** Law 5: the hours merged from the view's minutes are the hours of the events that it counts. */
    static void hoursAreMergedMinutes(World<Partials> world, LocalDate date) {
        Partials minutes = view(world, world.resolution(), date, world.batch, world.partials);
        List<Event> counted = counted(world, world.sped(), date, world.day(date));
        if (!minutes.coarser(2).equals(Partials.coarse(counted, 2))) {
            throw new LawBroken("law 5: coarser windows of day %s are not the merge of the fine ones".formatted(date));
        }
    }

    /** Law 4: the recorded ranges tile, and the recorded raw rows are the events read, each once. */
    static void nothingVanished(World<?> world) {
        List<String> breaks = new ArrayList<>(Progress.breaks(world.archive.rows()));
        breaks.addAll(Progress.breaks(world.speed.rows()));
        if (!world.kafka.gone().isEmpty()) {
            breaks.removeIf(text -> text.startsWith("gap:")); // Kafka lost offsets, and the ledger says so
        }
        if (!breaks.isEmpty()) {
            throw new LawBroken("law 4: " + breaks);
        }
        if (world.does(Lapse.DROPS_RAW_BEYOND_THE_HORIZON) || world.does(Lapse.DROPS_RAW_BEFORE_SEALING)) {
            return; // so that the checker goes on to what readers would see of it
        }
        Progress archive = world.archived();
        Set<Event> recorded = new HashSet<>();
        for (Row<Event> row : world.raw.rows()) {
            if (archive.owners().owns(row.run(), row.seq()) && !recorded.add(row.part())) {
                throw new LawBroken("law 4: recorded twice: " + row.part());
            }
        }
        for (Event event : world.kafka.events()) {
            Day day = world.day(event.day());
            boolean mayBeGone = day.sealed()
                    && event.isBelow(day.horizon().flatMap(Horizon::cut).orElseThrow());
            if (!recorded.contains(event) && !mayBeGone && event.isBelow(archive.cut()) && wasArchived(world, event)) {
                throw new LawBroken("law 4: read by the archive, recorded, and not there: " + event);
            }
        }
    }

    private static Set<LocalDate> days(World<?> world) {
        Set<LocalDate> days = new TreeSet<>();
        world.kafka.events().forEach(e -> days.add(e.day()));
        return days;
    }

    /** What is left of a bag of events without those below {@code cut}. */
    @SuppressWarnings("unchecked")
    private static <P> P beyond(World<P> world, P bag, Cut cut) {
        Bag rest = (Bag) bag;
        for (Event event : world.kafka.events()) {
            rest = event.isBelow(cut) ? rest.without(event) : rest;
        }
        return (P) rest;
    }

    /** What also holds of a boundary for each partition: an event counts at most once for each micro-batch that has a copy. */
    private static <P> void notOftenerThanRead(World<P> world, Progress speed, LocalDate date, P seen) {
        Map<String, Integer> times = new HashMap<>();
        Map<String, Set<Long>> batches = new HashMap<>();
        for (Event event : copies(world, date)) {
            times.merge(event.id(), ((Bag) seen).count(event), Integer::sum);
            for (Progress record : world.speed.rows()) {
                if (record.seq() <= speed.seq() && read(record, event)) {
                    batches.computeIfAbsent(event.id(), id -> new HashSet<>()).add(record.seq());
                }
            }
        }
        times.forEach((id, count) -> {
            if (count > batches.getOrDefault(id, Set.of()).size()) {
                throw new LawBroken("event %s counts %d times, and its copies were in micro-batches %s"
                        .formatted(id, count, batches.getOrDefault(id, Set.of())));
            }
        });
    }
}
