package dev.tideline.spark;

import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ArrayInsert;
import org.apache.spark.sql.catalyst.expressions.ArrayRepeat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FormatNumber;
import org.apache.spark.sql.catalyst.expressions.FormatString;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.RandStr;
import org.apache.spark.sql.catalyst.expressions.RegExpExtractBase;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.Stack;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproximatePercentile;
import org.apache.spark.sql.catalyst.expressions.aggregate.CountMinSketchAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.HistogramNumeric;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.YearMonthIntervalType;
import org.apache.spark.unsafe.types.CalendarInterval;

/** Functions whose value is as large as a number says, and so can be larger than the memory there is, which ends a process. */
final class Unbounded {
    private static final long MOST = 10_000;

    /** A group with a repetition or a choice in it that is itself repeated without end. */
    private static final Pattern REPEATED = Pattern.compile("[*+}|][^()]*\\)+\\s*([*+]|\\{\\d*,)");

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
        } else if (e instanceof Sequence sequence) {
            fine = isShort(sequence);
        } else if (e instanceof Stack stack) {
            fine = isSmall(stack.children().head());
        } else if (e instanceof RandStr text) {
            fine = isSmall(text.length());
        } else if (e instanceof ApproximatePercentile percentile) {
            fine = isSmall(percentile.accuracyExpression());
        } else if (e instanceof HistogramNumeric histogram) {
            fine = isSmall(histogram.nBins());
        } else if (e instanceof CountMinSketchAgg sketch) {
            fine = isCoarse(sketch.epsExpression());
        }
        return fine
                ? Optional.empty()
                : Optional.of(e.prettyName() + " of a size that is not a number up to " + MOST + " in the text");
    }

    /** Of integers by steps of one at worst; of dates and times when they and their step stand in the text, and are few. */
    private static boolean isShort(Sequence sequence) {
        if (sequence.start().dataType() instanceof IntegralType) {
            // A difference that overflows is large.
            return isSmall(sequence.start()) && isSmall(sequence.stop());
        }
        if (!sequence.start().foldable() || !sequence.stop().foldable()) {
            return false;
        }
        try {
            Object start = sequence.start().eval(InternalRow.empty());
            Object stop = sequence.stop().eval(InternalRow.empty());
            if (!(start instanceof Number from) || !(stop instanceof Number to)) {
                return true; // NULL
            }
            double day = start instanceof Integer ? 1 : 86_400e6;
            double step =
                    sequence.stepOpt().isEmpty() ? day : step(sequence.stepOpt().get(), day);
            return step != 0 && Math.abs(to.doubleValue() - from.doubleValue()) / step <= MOST;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** The length of an interval in days or microseconds, at least; 0 where it is not in the text. */
    private static double step(Expression interval, double day) {
        Object step = interval.foldable() ? interval.eval(InternalRow.empty()) : null;
        if (step instanceof CalendarInterval all) {
            return Math.abs(all.months * 28 * day + all.days * day + all.microseconds * day / 86_400e6);
        }
        if (interval.dataType() instanceof YearMonthIntervalType && step instanceof Number months) {
            return Math.abs(months.doubleValue() * 28 * day);
        }
        return step instanceof Number micros ? Math.abs(micros.doubleValue() * day / 86_400e6) : 0;
    }

    /** A sketch is as wide as two by its error. */
    private static boolean isCoarse(Expression error) {
        return error.foldable()
                && error.eval(InternalRow.empty()) instanceof Number number
                && 2 / number.doubleValue() <= MOST;
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
        return pattern.filter(p -> !p.foldable() || backtracks(p))
                .map(p -> e.prettyName()
                        + (p.foldable()
                                ? " by a pattern that repeats a repetition or a choice, as (a+)+ does"
                                : " by a pattern that is not in the text"));
    }

    /** Of such a pattern a text of thirty characters can take Java for ever. */
    private static boolean backtracks(Expression pattern) {
        try {
            return REPEATED.matcher(String.valueOf(pattern.eval(InternalRow.empty())))
                    .find();
        } catch (RuntimeException e) {
            return true;
        }
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
