package dev.tideline.spark;

import dev.tideline.protocol.SourcePartition;
import java.util.Map;

/** Many records, by their offsets in each partition. */
public final class OffsetSets extends ByPartition<LongSet> {
    private static final long serialVersionUID = 1L;

    public OffsetSets(Map<SourcePartition, LongSet> offsets) {
        super(offsets, offsets);
    }

    @Override
    boolean holds(LongSet offsets, long offset) {
        return offsets.contains(offset);
    }
}
