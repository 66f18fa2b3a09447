package dev.tideline.spark;

import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import scala.jdk.javaapi.CollectionConverters;

/** Many numbers, each of a micro-batch's rows is looked up in: Spark's {@code IN} makes an object of each that it looks up. */
public final class LongSet implements Serializable {
    private static final long serialVersionUID = 1L;
    /** Scatters numbers that follow each other, such as offsets (2^64 by the golden ratio). */
    private static final long SCATTER = 0x9E3779B97F4A7C15L;

    /** Zero is a free slot; itself it is kept apart. */
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
        Expression contains = new Invoke(
                Literal.fromObject(this, new ObjectType(LongSet.class)),
                "contains",
                DataTypes.BooleanType,
                CollectionConverters.asScala(List.of(ExpressionUtils.expression(column)))
                        .toSeq(),
                CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
                true,
                false,
                true);
        return ExpressionUtils.column(contains);
    }
}
