package dev.tideline.spark;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.SortedMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/** Up to which seq each day is settled: whether a row of the speed layer lies beyond. */
public final class SettledDays extends Lookup {
    private static final long serialVersionUID = 1L;

    private final int[] days;
    private final long[] seqs;

    /** @param settledTo the horizon's seq of each published day (UTC) */
    public SettledDays(SortedMap<LocalDate, Long> settledTo) {
        super(settledTo);
        days = settledTo.keySet().stream()
                .mapToInt(date -> Math.toIntExact(date.toEpochDay()))
                .toArray();
        seqs = settledTo.values().stream().mapToLong(Long::longValue).toArray();
    }

    /** Called by Spark for each row, with the day since 1970. */
    public boolean precede(int day, long seq) {
        int at = Arrays.binarySearch(days, day);
        return at < 0 || seq > seqs[at];
    }

    /** Whether the day {@code date} (DATE) is not settled, or only up to before {@code seq} (BIGINT). */
    public Column precede(Column date, Column seq) {
        return MethodCall.function(this, SettledDays.class, "precede", DataTypes.BooleanType, date, seq);
    }
}
