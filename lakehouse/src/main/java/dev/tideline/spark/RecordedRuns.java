package dev.tideline.spark;

import dev.tideline.protocol.Owners;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.array.ByteArrayMethods;
import org.apache.spark.unsafe.types.UTF8String;

/** Whether a row's run recorded its micro-batch, found by a search in the order of seq. */
public final class RecordedRuns extends Lookup {
    private static final long serialVersionUID = 1L;

    private final long[] first;
    private final long[] last;
    /** The runs' names, one after the other: each stage is sent all of them, and arrays of numbers take no time to write. */
    private final byte[] names;

    private final int[] ends;

    /** @param owners whole, so that their spans, which are disjoint, say of every row whether it exists */
    public RecordedRuns(Owners owners) {
        super(owners);
        if (!owners.areWhole()) {
            throw new IllegalStateException("owners of earlier micro-batches were not read: " + owners.older());
        }
        first = owners.spans().stream().mapToLong(Owners.Span::first).toArray();
        last = owners.spans().stream().mapToLong(Owners.Span::last).toArray();
        ends = new int[first.length];
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < first.length; i++) {
            all.writeBytes(owners.spans().get(i).run().getBytes(StandardCharsets.UTF_8));
            ends[i] = all.size();
        }
        names = all.toByteArray();
    }

    /** Called by Spark for each row. */
    public boolean own(UTF8String run, long seq) {
        int found = Arrays.binarySearch(first, seq);
        int span = found >= 0 ? found : -found - 2;
        return span >= 0 && seq <= last[span] && isNamed(span, run);
    }

    private boolean isNamed(int span, UTF8String run) {
        int begin = span == 0 ? 0 : ends[span - 1];
        int length = ends[span] - begin;
        return run.numBytes() == length
                && ByteArrayMethods.arrayEquals(
                        run.getBaseObject(),
                        run.getBaseOffset(),
                        names,
                        Platform.BYTE_ARRAY_OFFSET + (long) begin,
                        length);
    }

    /** Whether the micro-batch {@code seq} (BIGINT) was recorded by {@code run} (STRING). */
    public Column own(Column run, Column seq) {
        return MethodCall.function(this, RecordedRuns.class, "own", DataTypes.BooleanType, run, seq);
    }
}
