package dev.tideline.protocol;

import java.time.LocalDate;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A set of days (UTC), as a reader of one rollup may see them.
 *
 * @param others whether it is all days but {@code dates}, or {@code dates} only
 */
public record Days(boolean others, SortedSet<LocalDate> dates) {
    /** Every day. */
    public static final Days ALL = new Days(true, new TreeSet<>());

    public Days {
        dates = Collections.unmodifiableSortedSet(new TreeSet<>(dates));
    }

    public static Days allBut(Collection<LocalDate> dates) {
        return new Days(true, new TreeSet<>(dates));
    }

    public static Days only(Collection<LocalDate> dates) {
        return new Days(false, new TreeSet<>(dates));
    }

    public boolean contains(LocalDate date) {
        return others != dates.contains(date);
    }
}
