package dev.tideline.protocol;

/** The micro-batches with {@code after < seq <= to}. */
public record Seqs(long after, long to) {
    /** Whether {@code other} has none but these. */
    boolean hold(Seqs other) {
        return after <= other.after && other.to <= to;
    }

    /** Whether a reader who takes what lies beyond {@code horizon} would see some of these and some not. */
    boolean areSplitBy(long horizon) {
        return after < horizon && horizon < to;
    }
}
