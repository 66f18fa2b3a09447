package dev.tideline.spark;

import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ArrayRepeat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.types.IntegralType;

/** Functions whose value is as large as a number says, and so can be larger than the memory there is, which ends a process. */
final class Unbounded {
    private static final long MOST = 1_000_000;

    private Unbounded() {}

    /** Why {@code e}, which is resolved, may be too large; empty where it cannot. */
    static Optional<String> problem(Expression e) {
        boolean fine = true;
        if (e instanceof StringRepeat repeat) {
            fine = isSmall(repeat.times());
        } else if (e instanceof StringSpace space) {
            fine = isSmall(space.child());
        } else if (e instanceof StringLPad pad) {
            fine = isSmall(pad.len());
        } else if (e instanceof StringRPad pad) {
            fine = isSmall(pad.len());
        } else if (e instanceof ArrayRepeat repeat) {
            fine = isSmall(repeat.right());
        } else if (e instanceof Sequence sequence && sequence.start().dataType() instanceof IntegralType) {
            // By steps of one at worst; a difference that overflows is large.
            fine = isSmall(sequence.start()) && isSmall(sequence.stop());
        }
        return fine
                ? Optional.empty()
                : Optional.of(e.prettyName() + " of a size that is not a number up to " + MOST + " in the text");
    }

    private static boolean isSmall(Expression size) {
        if (!size.foldable()) {
            return false;
        }
        try {
            return !(size.eval(InternalRow.empty()) instanceof Number number) || Math.abs(number.longValue()) <= MOST;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
