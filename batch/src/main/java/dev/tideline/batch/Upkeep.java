package dev.tideline.batch;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Everything that keeps one feed's tables small, day by day; says what it did. */
public final class Upkeep {
    private final Lake lake;
    private final Feed feed;
    private final Maintain maintain;
    private final Consumer<String> said;

    public Upkeep(Lake lake, Feed feed, Consumer<String> said) {
        this.lake = lake;
        this.feed = feed;
        this.maintain = new Maintain(lake, feed);
        this.said = said;
    }

    /** Folds every day that has partials worth it, late days too. */
    public void fold(Instant now) {
        fold(now, 0);
    }

    /** Folds the days that {@code batches} or more micro-batches wrote partials of since their last fold. */
    public void fold(Instant now, int batches) {
        for (LocalDate day : maintain.foldable()) {
            maintain.fold(day, now, batches)
                    .ifPresent(seq -> said.accept(feed.name() + " " + day + ": folded to seq " + seq));
        }
    }

    /**
     * Lets go of rejected records as old as raw rows become, seals days whose raw rows expire, then retires and deletes what
     * was superseded longer than {@code keep} ago. A day is not sealed while a rollback holds it or a recompute of it would
     * change something, since it could not be published any more; and none is by a clock that is far after the feed's last
     * record or event.
     *
     * @param dirty days that a recompute would change
     */
    public void retire(Duration keep, Instant now, Set<LocalDate> dirty) {
        boolean far = maintain.isFarAfterTheLastRecord(now);
        if (far) {
            said.accept(feed.name() + ": nothing is sealed, since this machine's clock, " + now
                    + ", is more than a day after the feed's last record or event");
        }
        if (!far) {
            maintain.pruneRejected();
        }
        LocalDate kept = LocalDate.ofInstant(now.minus(feed.retention().raw()), ZoneOffset.UTC);
        Leftovers found = maintain.leftovers();
        new TreeMap<>(lake.days().days(feed.name())).forEach((day, state) -> {
            if (!far && day.isBefore(kept) && !state.sealed()) {
                if (dirty.contains(day)) {
                    said.accept(
                            feed.name() + " " + day + ": not sealed, a recompute would change it (recompute --dirty)");
                } else if (maintain.seal(day, now, found)) {
                    said.accept(feed.name() + " " + day + ": sealed, its raw rows below the horizon are gone");
                }
            }
            maintain.prune(day, keep, now, found)
                    .ifPresent(retired -> said.accept(feed.name() + " " + day + ": retired "
                            + (retired.generations().isEmpty()
                                    ? ""
                                    : String.join(", ", retired.generations()) + " and ")
                            + "speed rows up to seq " + retired.floor()));
        });
    }

    public void compact() {
        maintain.compact();
    }
}
