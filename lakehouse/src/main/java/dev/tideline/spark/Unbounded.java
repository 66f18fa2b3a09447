package dev.tideline.spark;

import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ArrayInsert;
import org.apache.spark.sql.catalyst.expressions.ArrayRepeat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FormatNumber;
import org.apache.spark.sql.catalyst.expressions.FormatString;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.RegExpExtractBase;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;

/** Functions whose value is as large as a number says, and so can be larger than the memory there is, which ends a process. */
final class Unbounded {
    private static final long MOST = 10_000;

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
        } else if (e instanceof FormatString format) {
            fine = isNarrow(format.children().head());
        } else if (e instanceof FormatNumber format) {
            boolean pattern = format.right().dataType() instanceof StringType;
            fine = pattern ? format.right().foldable() : isSmall(format.right());
        } else if (e instanceof ArrayInsert insert) {
            fine = isSmall(insert.posExpr());
        } else if (e instanceof Sequence sequence && sequence.start().dataType() instanceof IntegralType) {
            // By steps of one at worst; a difference that overflows is large.
            fine = isSmall(sequence.start()) && isSmall(sequence.stop());
        }
        return fine
                ? Optional.empty()
                : Optional.of(e.prettyName() + " of a size that is not a number up to " + MOST + " in the text");
    }

    /** Why {@code e}, which is resolved, may take for ever: a pattern that comes with a value, and was made for that. */
    static Optional<String> patternProblem(Expression e) {
        Optional<Expression> pattern = Optional.empty();
        if (e instanceof RLike like) {
            pattern = Optional.of(like.right());
        } else if (e instanceof StringSplit split) {
            pattern = Optional.of(split.regex());
        } else if (e instanceof RegExpReplace replace) {
            pattern = Optional.of(replace.regexp());
        } else if (e instanceof RegExpExtractBase extract) {
            pattern = Optional.of(extract.regexp());
        }
        return pattern.filter(p -> !p.foldable()).map(p -> e.prettyName() + " by a pattern that is not in the text");
    }

    /** Whether no width or precision in a format is of more than four digits. */
    private static boolean isNarrow(Expression format) {
        return format.foldable()
                && !String.valueOf(format.eval(InternalRow.empty())).matches("(?s).*\\d{5}.*");
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
