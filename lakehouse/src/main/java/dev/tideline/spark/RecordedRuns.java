package dev.tideline.spark;

import dev.tideline.protocol.Owners;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** Whether a row's run recorded its micro-batch, found by a search in the order of seq. */
public final class RecordedRuns extends Lookup {
    private static final long serialVersionUID = 1L;

    private final long[] first;
    private final long[] last;
    private final UTF8String[] runs;

    /** @param owners whole, so that their spans, which are disjoint, say of every row whether it exists */
    public RecordedRuns(Owners owners) {
        super(owners);
        if (!owners.areWhole()) {
            throw new IllegalStateException("owners of earlier micro-batches were not read: " + owners.older());
        }
        first = owners.spans().stream().mapToLong(Owners.Span::first).toArray();
        last = owners.spans().stream().mapToLong(Owners.Span::last).toArray();
        runs = owners.spans().stream()
                .map(span -> UTF8String.fromString(span.run()))
                .toArray(UTF8String[]::new);
    }

    /** Called by Spark for each row. */
    public boolean own(UTF8String run, long seq) {
        int found = Arrays.binarySearch(first, seq);
        int span = found >= 0 ? found : -found - 2;
        return span >= 0 && seq <= last[span] && runs[span].equals(run);
    }

    /** Whether the micro-batch {@code seq} (BIGINT) was recorded by {@code run} (STRING). */
    public Column own(Column run, Column seq) {
        return MethodCall.function(this, RecordedRuns.class, "own", DataTypes.BooleanType, run, seq);
    }
}
