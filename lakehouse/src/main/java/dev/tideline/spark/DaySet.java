package dev.tideline.spark;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.SortedSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/** A set of days; also chooses partitions. */
public final class DaySet extends Lookup {
    private static final long serialVersionUID = 1L;

    private final int[] days;

    public DaySet(SortedSet<LocalDate> dates) {
        super(dates);
        days = dates.stream()
                .mapToInt(date -> Math.toIntExact(date.toEpochDay()))
                .toArray();
    }

    /** Called by Spark for each row or partition, with the day since 1970. */
    public boolean has(int day) {
        return Arrays.binarySearch(days, day) >= 0;
    }

    /** Whether {@code date} (DATE) is in the set. */
    public Column has(Column date) {
        return MethodCall.function(this, DaySet.class, "has", DataTypes.BooleanType, date);
    }
}
