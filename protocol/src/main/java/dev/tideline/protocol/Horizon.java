package dev.tideline.protocol;

import java.util.Optional;

/**
 * A recorded micro-batch of the speed layer at which a day is settled: the batch answers for every event below its cut, the
 * speed layer for every later {@code seq}. One cut over all partitions, never a boundary for each.
 *
 * @param run of the record, which with {@code seq} names it; empty in entries from before it was noted
 * @param cut of the record; empty where an entry of a day names it: the speed stream's ledger has it, and of thousands of days
 *     few are asked for theirs
 */
public record Horizon(long seq, String run, Optional<Cut> cut) {
    public Horizon {
        run = run == null ? "" : run;
        cut = cut == null ? Optional.empty() : cut;
    }

    /** One whose cut is at hand. */
    public Horizon(long seq, Cut cut) {
        this(seq, "", Optional.of(cut));
    }
}
