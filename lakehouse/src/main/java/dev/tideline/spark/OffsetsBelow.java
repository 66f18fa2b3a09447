package dev.tideline.spark;

import dev.tideline.protocol.Cut;

/** The records below a cut. */
public final class OffsetsBelow extends ByPartition<Long> {
    private static final long serialVersionUID = 1L;

    public OffsetsBelow(Cut cut) {
        super(cut, cut.offsets());
    }

    @Override
    boolean holds(Long end, long offset) {
        return offset < end;
    }
}
