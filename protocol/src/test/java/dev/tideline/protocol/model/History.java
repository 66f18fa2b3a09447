package dev.tideline.protocol.model;

import dev.tideline.protocol.SourcePartition;
import dev.tideline.protocol.model.Driver.Stream;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * One random history, the same for the same seed. Each step is an arrival, a change of the topic, or some moves of one process,
 * new or old: a process that is left behind has crashed, or comes back as a zombie when it is picked again.
 */
final class History {
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 11, 20);
    private static final int DAYS = 3;

    private final Random random;
    private final BiConsumer<World<Partials>, World<Partials>> trace;
    private World<Partials> world;
    private int names;
    private boolean topicWasChanged;

    History(long seed, Set<Lapse> lapses, BiConsumer<World<Partials>, World<Partials>> trace) {
        this.random = new Random(seed * 0x9e3779b97f4a7c15L);
        this.trace = trace;
        Kafka topic = Kafka.of(List.of()).recreated("t0");
        Aggregation<Partials> measures = new Aggregation<>(
                Partials.NONE, Partials::of, (a, b) -> random.nextBoolean() ? a.merge(b) : b.merge(a));
        this.world = new World<>(measures, lapses, topic, List.of());
    }

    History(long seed, BiConsumer<World<Partials>, World<Partials>> trace) {
        this(seed, EnumSet.noneOf(Lapse.class), trace);
    }

    /** What the tables hold in the end. */
    World<Partials> world() {
        return world;
    }

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    private void step() {
        int chance = random.nextInt(1000);
        if (chance < 250 || world.kafka.events().isEmpty()) {
            arrive(1 + random.nextInt(4));
        } else if (chance < 257) {
            changeTopic(world.kafka.plus(partition(world.kafka.end().offsets().size())));
        } else if (chance < 260) {
            changeTopic(world.kafka.recreated("t" + ++names));
        } else if (chance < 265) {
            SourcePartition partition =
                    partition(random.nextInt(world.kafka.end().offsets().size()));
            long first = world.kafka.earliest().offsets().get(partition);
            long end = world.kafka.end().offsets().get(partition);
            changeTopic(world.kafka.expired(partition, first + random.nextInt((int) (end - first) + 1)));
        } else {
            boolean isNew = world.actors.isEmpty() || chance < 640;
            int actor = isNew ? enter(newActor()) : random.nextInt(world.actors.size());
            move(actor, random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 12, this::choose);
        }
    }

    private void arrive(int count) {
        for (int i = 0; i < count; i++) {
            SourcePartition partition =
                    partition(random.nextInt(world.kafka.end().offsets().size()));
            List<Event> before = world.kafka.events();
            String id = !before.isEmpty() && random.nextInt(3) == 0
                    ? before.get(random.nextInt(before.size())).id()
                    : "e" + ++names;
            LocalDate day = FIRST_DAY.plusDays(random.nextInt(DAYS));
            long offset = world.kafka.end().offsets().get(partition);
            Event event = new Event(partition, offset, day, id, random.nextInt(8), random.nextInt(2000));
            changeTo(world.kafka.plus(event));
        }
    }

    private void changeTopic(Kafka kafka) {
        topicWasChanged = topicWasChanged || !kafka.gone().equals(world.kafka.gone());
        changeTo(kafka);
    }

    private void changeTo(Kafka kafka) {
        World<Partials> next = world.copy();
        next.kafka = kafka;
        become(next);
    }

    private Actor<Partials> newActor() {
        String name = Integer.toString(++names);
        LocalDate day = FIRST_DAY.plusDays(random.nextInt(DAYS));
        int kind = random.nextInt(100);
        if (kind < 20) {
            return Driver.of("archive-" + name, Stream.ARCHIVE, 1);
        } else if (kind < 45) {
            return Driver.of("speed-" + name, Stream.SPEED, 1);
        } else if (kind < 64) {
            return Recompute.of("recompute-" + name, day);
        } else if (kind < 72) {
            return Fold.of("fold-" + name, day);
        } else if (kind < 78) {
            return Prune.of("prune-" + name, day);
        } else if (kind < 86) {
            return Rollback.of("rollback-" + name, day);
        } else if (kind < 88) {
            return Seal.of("seal-" + name, day);
        } else if (kind < 91) {
            return CleanUp.of("clean-up-" + name);
        } else if (kind < 94) {
            return CatchUp.of(name);
        }
        return Reader.of("reader-" + name);
    }

    private int enter(Actor<Partials> actor) {
        List<Actor<Partials>> all = new ArrayList<>(world.actors);
        all.add(actor);
        world.actors = all;
        return all.size() - 1;
    }

    private void move(int actor, int times, Choice choice) {
        for (int i = 0; i < times; i++) {
            World<Partials> next = world.copy();
            if (!next.step(actor, choice)) {
                return;
            }
            become(next);
        }
    }

    /** Often all that there is, so that streams get along. */
    private int choose(int options) {
        return options > 2 && random.nextBoolean() ? options - 1 : random.nextInt(options);
    }

    private void become(World<Partials> next) {
        trace.accept(world, next);
        boolean same = next.looksLike(world);
        world = next;
        if (!same) {
            Laws.check(world);
        }
    }

    /** Law 2, and hours: all processes stop, both streams read to the end, and every day that may be is recomputed. */
    void settle() {
        world.actors = List.of();
        Choice all = options -> options - 1;
        for (Stream stream : Stream.values()) {
            int driver = enter(Driver.of("last-" + stream, stream, 1));
            World<Partials> before;
            do {
                before = world;
                move(driver, 3, all);
            } while (before != world);
        }
        for (int i = 0; i < DAYS; i++) {
            LocalDate day = FIRST_DAY.plusDays(i);
            if (world.day(day).held()
                    || world.day(day).sealed()
                    || world.speed.rows().isEmpty()) {
                continue;
            }
            move(enter(Recompute.of("last-" + day, day)), 12, all);
            if (!topicWasChanged) {
                Laws.exact(world, day);
            }
            Laws.hoursAreMergedMinutes(world, day);
        }
    }

    private SourcePartition partition(int index) {
        List<SourcePartition> live = new ArrayList<>(world.kafka.end().offsets().keySet());
        return index < live.size()
                ? live.get(index)
                : new SourcePartition("clicks", live.get(0).topicId(), live.size());
    }
}
