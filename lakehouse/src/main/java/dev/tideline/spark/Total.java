package dev.tideline.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedExtractValue;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.BinaryArithmetic;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.Like;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataType;
import scala.Function1;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;

/**
 * An expression that is NULL where it would throw, as many functions do for a value that somebody may send: {@code url_decode} for
 * {@code %zz}, a pattern that is none. What cannot throw outside ANSI mode is left as it is, since this one is interpreted; and
 * Spark computes nothing of it ahead, outside of the catch, as it does with parts of its own {@code TryEval} that stand twice.
 */
public final class Total extends Expression implements CodegenFallback, Serializable {
    private static final long serialVersionUID = 1L;

    /** Their arguments are expressions over one event. */
    private static final Set<String> AGGREGATES = Set.of(
            "approx_top_k_accumulate",
            "count",
            "count_if",
            "hll_sketch_agg",
            "kll_sketch_agg_double",
            "max",
            "min",
            "sum",
            "try_sum");

    /** Functions that have a value, or NULL, for whatever they are given. */
    private static final Set<String> FUNCTIONS = Set.of(
            "abs",
            "ceil",
            "char_length",
            "coalesce",
            "concat",
            "contains",
            "endswith",
            "floor",
            "greatest",
            "if",
            "ifnull",
            "isnotnull",
            "isnull",
            "lcase",
            "least",
            "left",
            "length",
            "lower",
            "ltrim",
            "map_keys",
            "map_values",
            "named_struct",
            "nullif",
            "nvl",
            "replace",
            "right",
            "rtrim",
            "shiftright",
            "startswith",
            "substr",
            "substring",
            "trim",
            "ucase",
            "upper");

    private final Expression child;

    private Total(Expression child) {
        this.child = child;
    }

    /**
     * The column that {@code expression} computes of events: NULL where it would throw, or where its arithmetic overflows.
     */
    public static Column column(String expression) {
        return ExpressionUtils.column(of(TryArithmetic.parse(expression).transformUp(new EachFunction())));
    }

    /** The same of an expression that is not resolved yet: the largest parts without an aggregate that may throw are caught. */
    private static Expression of(Expression e) {
        if (e instanceof Total || !e.exists(new Test(Total::mayThrow))) {
            return e;
        }
        if (!e.exists(new Test(Total::isAggregate))) {
            return new Total(e);
        }
        return e.mapChildren(new AbstractFunction1<Expression, Expression>() {
            @Override
            public Expression apply(Expression part) {
                return of(part);
            }
        });
    }

    private static boolean isAggregate(Expression e) {
        return e instanceof UnresolvedFunction function && AGGREGATES.contains(name(function));
    }

    private static boolean mayThrow(Expression e) {
        if (e instanceof UnresolvedFunction function) {
            return !AGGREGATES.contains(name(function)) && !FUNCTIONS.contains(name(function));
        }
        if (e instanceof Like like) {
            return !(like.right() instanceof Literal);
        }
        return !(e instanceof UnresolvedAttribute
                || e instanceof UnresolvedExtractValue
                || e instanceof Literal
                || e instanceof And
                || e instanceof Or
                || e instanceof Not
                || e instanceof BinaryComparison
                || e instanceof BinaryArithmetic
                || e instanceof UnaryMinus
                || e instanceof In
                || e instanceof IsNull
                || e instanceof IsNotNull
                || e instanceof CaseWhen
                || e instanceof Cast
                || e instanceof Total);
    }

    private static String name(UnresolvedFunction function) {
        return function.nameParts().last().toLowerCase(Locale.ROOT);
    }

    @Override
    public Seq<Expression> children() {
        return CollectionConverters.asScala(List.of(child)).toSeq();
    }

    @Override
    public Expression mapChildren(Function1<Expression, Expression> map) {
        return withChild(map.apply(child));
    }

    @Override
    public Expression withNewChildrenInternal(IndexedSeq<Expression> changed) {
        return withChild(changed.head());
    }

    private Expression withChild(Expression changed) {
        return changed == child ? this : new Total(changed);
    }

    @Override
    public DataType dataType() {
        return child.dataType();
    }

    @Override
    public boolean nullable() {
        return true;
    }

    @Override
    public Object eval(InternalRow row) {
        try {
            return child.eval(row);
        } catch (Exception | StackOverflowError e) { // a pattern may recurse as deep as a text is long
            return null;
        }
    }

    @Override
    public ExprCode doGenCode(CodegenContext context, ExprCode code) {
        return CodegenFallback.super.doGenCode(context, code);
    }

    @Override
    public int productArity() {
        return 1;
    }

    @Override
    public Object productElement(int n) {
        return child;
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof Total;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Total that && child.equals(that.child);
    }

    @Override
    public int hashCode() {
        return 31 * child.hashCode() + 1;
    }

    /**
     * Each function for itself, before what holds it: Spark computes an argument that it needs twice, as {@code nullif} does, ahead of
     * the function.
     */
    private static final class EachFunction extends AbstractPartialFunction<Expression, Expression> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isDefinedAt(Expression e) {
            return e instanceof UnresolvedFunction && mayThrow(e) && !e.exists(new Test(Total::isAggregate));
        }

        @Override
        public Expression apply(Expression e) {
            return new Total(e);
        }
    }

    private static final class Test extends AbstractFunction1<Expression, Object> {
        private final Predicate<Expression> test;

        Test(Predicate<Expression> test) {
            this.test = test;
        }

        @Override
        public Object apply(Expression e) {
            return test.test(e);
        }
    }
}
