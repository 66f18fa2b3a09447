package dev.tideline.spark;

import java.io.Serializable;
import java.util.Collection;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/** A set of many numbers in which each row of a micro-batch is looked up; Spark's {@code IN} makes an object for each look-up. */
public final class LongSet implements Serializable {
    private static final long serialVersionUID = 1L;
    /** Scatters numbers that follow each other, such as offsets (2^64 by the golden ratio). */
    private static final long SCATTER = 0x9E3779B97F4A7C15L;

    /** A slot of zero is free; whether the number zero is in the set is {@link #zero}. */
    private final long[] slots;

    private final int shift;
    private boolean zero;

    private LongSet(int numbers) {
        int bits = 64 - Long.numberOfLeadingZeros(2L * numbers + 1);
        slots = new long[1 << bits];
        shift = 64 - bits;
    }

    /** The set of {@code numbers}. */
    public static LongSet of(Collection<Long> numbers) {
        LongSet set = new LongSet(numbers.size());
        numbers.forEach(set::add);
        return set;
    }

    private void add(long number) {
        zero |= number == 0;
        slots[slot(number)] = number;
    }

    /** Where {@code number} is, or the free slot where it would be. */
    private int slot(long number) {
        int slot = (int) ((number * SCATTER) >>> shift);
        while (slots[slot] != 0 && slots[slot] != number) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    /** Whether {@code number} is in the set. Called by Spark for each row. */
    public boolean contains(long number) {
        return number == 0 ? zero : slots[slot(number)] == number;
    }

    /** Whether the BIGINT {@code column} is in the set; NULL where it is NULL. */
    public Column has(Column column) {
        return MethodCall.function(this, LongSet.class, "contains", DataTypes.BooleanType, column);
    }
}
