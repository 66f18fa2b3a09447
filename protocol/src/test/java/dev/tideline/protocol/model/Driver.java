package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.SourcePartition;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A driver of the archive or of the speed stream: reads the last record, then writes the rows of one micro-batch after the
 * other and records each. After a crash, or when it loses a race, it can start again as another run.
 *
 * @param starts how often it may still start
 * @param run new at each start
 * @param last the record before the micro-batch at hand, as this run knows it
 * @param next where this run reads on
 * @param cut up to where the rows are written that wait for their record
 */
record Driver<P>(String name, Stream stream, int starts, Phase phase, String run, Progress last, Cut next, Cut cut)
        implements Actor<P> {
    enum Stream {
        ARCHIVE,
        SPEED
    }

    enum Phase {
        OFF,
        RUNNING,
        WRITTEN
    }

    static <P> Driver<P> of(String name, Stream stream, int starts) {
        return new Driver<>(name, stream, starts, Phase.OFF, "", Progress.NONE, Cut.NOTHING, Cut.NOTHING);
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case OFF -> starts == 0 ? Optional.empty() : Optional.of(start(world));
            case RUNNING -> write(world, choice);
            case WRITTEN -> Optional.of(starts > 0 && choice.of(2) == 1 ? crash(world) : record(world));
        };
    }

    private Driver<P> start(World<P> world) {
        Progress read = stream == Stream.ARCHIVE ? world.archived() : world.sped();
        Map<SourcePartition, Long> start = new TreeMap<>();
        world.kafka
                .earliest()
                .offsets()
                .forEach((partition, earliest) -> start.put(
                        partition, Math.max(earliest, read.cut().offsets().getOrDefault(partition, earliest))));
        return new Driver<>(
                name, stream, starts - 1, Phase.RUNNING, name + "." + starts, read, new Cut(start), Cut.NOTHING);
    }

    private Optional<Actor<P>> write(World<P> world, Choice choice) {
        Cut start = next.orElse(world.kafka.end().beginnings());
        if (!world.kafka.end().offsets().keySet().containsAll(next.offsets().keySet())
                || !start.reaches(world.kafka.earliest())) {
            return Optional.of(stop()); // the topic was made again, or no longer has what comes next
        }
        Map<SourcePartition, Long> plan = new TreeMap<>();
        long read = 0;
        for (Map.Entry<SourcePartition, Long> end : world.kafka.end().offsets().entrySet()) {
            long from = start.offsets().get(end.getKey());
            int more = choice.of((int) (end.getValue() - from) + 1);
            plan.put(end.getKey(), from + more);
            read += more;
        }
        if (read == 0) {
            return Optional.empty();
        }
        Cut planned = new Cut(plan);
        write(world, world.kafka.between(start, planned), last.seq() + 1);
        return Optional.of(new Driver<>(name, stream, starts, Phase.WRITTEN, run, last, next, planned));
    }

    private void write(World<P> world, List<Event> events, long seq) {
        if (stream == Stream.ARCHIVE) {
            world.raw = world.raw.plus(
                    events.stream().map(e -> new Row<>(e.day(), seq, run, e)).toList());
        } else {
            world.partials = world.partials.plus(rows(world, events, seq, run));
        }
    }

    /** Per day the partial of the winners among {@code events}. */
    static <P> List<Row<P>> rows(World<P> world, List<Event> events, long seq, String run) {
        List<Row<P>> rows = new ArrayList<>();
        for (LocalDate day : new TreeSet<>(events.stream().map(Event::day).toList())) {
            List<Event> copies =
                    events.stream().filter(e -> e.day().equals(day)).toList();
            rows.add(new Row<>(day, seq, run, world.aggregation.all(Event.winners(copies))));
        }
        return rows;
    }

    private Driver<P> record(World<P> world) {
        Table<Progress> ledger = stream == Stream.ARCHIVE ? world.archive : world.speed;
        Progress record = last.next(run, next.only(cut), cut);
        boolean taken = ledger.last().orElse(Progress.NONE).seq() >= record.seq();
        if (!taken || world.does(Lapse.BOTH_RECORDS_STAND)) {
            Table<Progress> longer = ledger.plus(List.of(record));
            world.archive = stream == Stream.ARCHIVE ? longer : world.archive;
            world.speed = stream == Stream.SPEED ? longer : world.speed;
        } else if (!world.does(Lapse.RECORD_IS_NOT_READ_BACK)) {
            return stop();
        }
        return new Driver<>(name, stream, starts, Phase.RUNNING, run, record, cut, Cut.NOTHING);
    }

    private Driver<P> crash(World<P> world) {
        return world.does(Lapse.RETRIES_UNDER_THE_SAME_RUN)
                ? new Driver<>(name, stream, starts - 1, Phase.RUNNING, run, last, next, Cut.NOTHING)
                : stop();
    }

    private Driver<P> stop() {
        return of(name, stream, starts);
    }
}
