package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import java.util.List;
import java.util.Optional;

/** The speed layer's one micro-batch from raw instead of Kafka, from its last cut to the archive's. */
record CatchUp<P>(String name, Phase phase, Progress last, Progress archive) implements Actor<P> {
    static final String RUN = "catch-up-";

    enum Phase {
        READS_LAST,
        READS_ARCHIVE,
        WRITES,
        RECORDS,
        DONE
    }

    static <P> CatchUp<P> of(String name) {
        return new CatchUp<>(name, Phase.READS_LAST, Progress.NONE, Progress.NONE);
    }

    @Override
    public Optional<Actor<P>> step(World<P> world, Choice choice) {
        return switch (phase) {
            case READS_LAST -> Optional.of(new CatchUp<>(name, Phase.READS_ARCHIVE, world.sped(), Progress.NONE));
            case READS_ARCHIVE -> readArchive(world);
            case WRITES -> Optional.of(write(world));
            case RECORDS -> Optional.of(record(world));
            case DONE -> Optional.empty();
        };
    }

    private Optional<Actor<P>> readArchive(World<P> world) {
        Progress read = world.archived();
        boolean ahead = read.cut().reaches(last.cut()) || world.does(Lapse.CATCHES_UP_WITH_AN_ARCHIVE_BEHIND);
        return ahead && read.cut().since(last.cut()) > 0
                ? Optional.of(new CatchUp<>(name, Phase.WRITES, last, read))
                : Optional.empty();
    }

    private CatchUp<P> write(World<P> world) {
        List<Event> events = world.raw.rows().stream()
                .filter(r -> archive.owners().owns(r.run(), r.seq()))
                .map(Row::part)
                .filter(e -> e.isBelow(archive.cut()) && !e.isBelow(last.cut()))
                .toList();
        world.partials = world.partials.plus(Driver.rows(world, events, last.seq() + 1, run()));
        return new CatchUp<>(name, Phase.RECORDS, last, archive);
    }

    private CatchUp<P> record(World<P> world) {
        if (world.sped().seq() == last.seq()) {
            Cut from = last.cut().orElse(archive.origin()).only(archive.cut());
            world.speed = world.speed.plus(List.of(last.next(run(), from, archive.cut())));
        }
        return new CatchUp<>(name, Phase.DONE, Progress.NONE, Progress.NONE);
    }

    private String run() {
        return RUN + name;
    }
}
