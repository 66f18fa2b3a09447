package dev.tideline.batch;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.Instant;
import java.time.LocalDate;

/** Sends readers of a day back to an older generation, and holds the day until it is released. Each is one entry. */
public final class Rollback {
    private Rollback() {}

    /**
     * Makes {@code generation} what readers see of {@code date}.
     *
     * @throws CannotException when there is no such generation, or it is no longer whole
     */
    public static void to(Lake lake, Feed feed, LocalDate date, String generation, Instant now) {
        Day day;
        do {
            day = RollbackPlan.of(lake.days(), feed.name(), date, generation).day();
        } while (!append(lake, feed, date, day, new DayEntry.RolledBack(generation), now));
    }

    /**
     * Lets recomputes publish {@code date} again.
     *
     * @throws CannotException when the day is not held
     */
    public static void release(Lake lake, Feed feed, LocalDate date, Instant now) {
        Day day;
        do {
            day = RollbackPlan.held(lake.days(), feed.name(), date);
        } while (!append(lake, feed, date, day, new DayEntry.Released(), now));
    }

    private static boolean append(Lake lake, Feed feed, LocalDate date, Day day, DayEntry entry, Instant now) {
        return lake.days().append(Entries.of(feed, date, day, entry, now));
    }
}
