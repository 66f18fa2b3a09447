package dev.tideline.protocol;

import java.util.List;
import java.util.Optional;

/**
 * One record of a stream's ledger, and the commit point of one micro-batch: rows tagged ({@code seq}, {@code run}) exist
 * from the moment this record stands. It carries all that a reader of the whole ledger would work out ({@code origin},
 * {@code owners}), so that readers need the last record only, and after hundreds of runs a few that it names.
 *
 * @param seq number of the micro-batch, counting from 1 over the whole life of the feed
 * @param run the query start that wrote it
 * @param from where this micro-batch began: the cut of the record before, later only where offsets were lost
 * @param cut where it ended, as planned by the query (offsets can be sparse)
 * @param origin for each partition, where the stream began to read it
 * @param owners who recorded this and earlier micro-batches
 */
public record Progress(long seq, String run, Cut from, Cut cut, Cut origin, Owners owners) {
    /** The state of a stream that has recorded nothing. */
    public static final Progress NONE = new Progress(0, "", Cut.NOTHING, Cut.NOTHING, Cut.NOTHING, Owners.NONE);

    /**
     * The record after this one: {@code run} has read from {@code from} up to {@code cut}. A partition that {@code from} does
     * not know appeared while the run went on, and was read from its first offset.
     */
    public Progress next(String run, Cut from, Cut cut) {
        long next = seq + 1;
        Cut began = from.orElse(this.cut.only(cut)).orElse(cut.beginnings());
        return new Progress(next, run, began, cut.orElse(this.cut), origin.orElse(began), owners.then(run, next));
    }

    /**
     * The same of a stream that is to have begun at {@code other}, where it has not begun: the feed's two streams have one origin
     * for each partition, or a later record of the one would never cover the other's.
     */
    public Progress begunAt(Cut other) {
        return new Progress(seq, run, from, cut, origin.orElse(other), owners);
    }

    /** The same with these owners. */
    public Progress with(Owners owners) {
        return new Progress(seq, run, from, cut, origin, owners);
    }

    /** This record as the horizon of a day. */
    public Horizon horizon() {
        return new Horizon(seq, run, Optional.of(cut));
    }

    /** Whether everything that {@code speed} had read when it recorded is in this (archive) stream's records too. */
    public boolean contains(Progress speed) {
        return cut.reaches(speed.cut)
                && Offsets.except(speed.origin.offsets(), origin.offsets()).entrySet().stream()
                        .allMatch(e -> !speed.cut.covers(e.getKey(), 0)
                                || origin.offsets().getOrDefault(e.getKey(), Long.MAX_VALUE) <= e.getValue());
    }

    /**
     * The horizon for a recompute or a fold: the latest recorded speed cut that the archive covers.
     *
     * @param newestFirst the speed stream's records, newest first
     */
    public static Optional<Progress> latestCovered(Iterable<Progress> newestFirst, Progress archive) {
        for (Progress speed : newestFirst) {
            if (archive.contains(speed)) {
                return Optional.of(speed);
            }
        }
        return Optional.empty();
    }

    /** What a whole ledger must be and is not: one sentence for each gap or overlap between neighbouring records. */
    public static List<String> breaks(List<Progress> oldestFirst) {
        return Tiling.breaks(oldestFirst);
    }
}
