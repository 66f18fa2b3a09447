package dev.tideline.spark;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.Divide;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Multiply;
import org.apache.spark.sql.catalyst.expressions.NumericEvalContext;
import org.apache.spark.sql.catalyst.expressions.Subtract;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.classic.ExpressionUtils;
import scala.runtime.AbstractPartialFunction;

/** SQL expressions whose arithmetic yields NULL where it has no result, such as a division by zero or an overflow. */
public final class TryArithmetic {
    private static final NumericEvalContext TRY = new NumericEvalContext(EvalMode.TRY(), false);

    private TryArithmetic() {}

    /** The column that {@code expression} computes. */
    public static Column column(String expression) {
        return ExpressionUtils.column(parse(expression));
    }

    static Expression parse(String expression) {
        return CatalystSqlParser$.MODULE$.parseExpression(expression).transformUp(new Trying());
    }

    private static final class Trying extends AbstractPartialFunction<Expression, Expression> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isDefinedAt(Expression e) {
            return e instanceof Divide || e instanceof Multiply || e instanceof Add || e instanceof Subtract;
        }

        @Override
        public Expression apply(Expression e) {
            if (e instanceof Divide d) {
                return new Divide(d.left(), d.right(), TRY);
            }
            if (e instanceof Multiply m) {
                return new Multiply(m.left(), m.right(), TRY);
            }
            if (e instanceof Add a) {
                return new Add(a.left(), a.right(), TRY);
            }
            Subtract s = (Subtract) e;
            return new Subtract(s.left(), s.right(), TRY);
        }
    }
}
