package dev.tideline.spark;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.ArrayAggregate;
import org.apache.spark.sql.catalyst.expressions.ArrayJoin;
import org.apache.spark.sql.catalyst.expressions.ArrayRepeat;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Base64;
import org.apache.spark.sql.catalyst.expressions.Encode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Hex;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.Levenshtein;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringReplace;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.UnionLoop;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How large one value of a query can be, and how many steps it can take: an upper bound for each expression, from those of its
 * inputs. A column of a table counts as a kilobyte. What a query makes of few characters by doubling them, or by functions inside
 * functions, has no other limit than the memory of the process; and Spark computes what is constant while it plans, where no job
 * can be cancelled.
 */
final class Growth {
    private static final double MOST_BYTES = 64 * 1024 * 1024;
    private static final double MOST_STEPS = 20_000_000;

    private static final double COLUMN = 1024;
    private static final double FIXED = 16;
    private static final double ELEMENT = 8;
    /** What {@link Unbounded} allows for a number in the text. */
    private static final double MOST = 10_000;

    private final Map<Object, Double> known = new HashMap<>();
    private final Map<Long, List<Double>> ctes = new HashMap<>();
    private Optional<String> problem = Optional.empty();

    private Growth() {}

    /** Why a value of {@code plan} may be too large or take too long; empty where none can. */
    static Optional<String> problem(LogicalPlan plan) {
        Growth growth = new Growth();
        growth.walk(plan);
        return growth.problem;
    }

    /** Bytes of a value, and steps to compute it. */
    private record Bound(double bytes, double steps) {}

    private void walk(LogicalPlan plan) {
        if (plan instanceof UnionLoop loop) {
            for (Attribute column : list(loop.output())) {
                if (grows(column.dataType())) {
                    note("a recursive query with the column " + column.name()
                            + " (numbers, dates and times do not grow)");
                }
            }
        }
        list(plan.children()).forEach(this::walk);
        if (plan instanceof CTERelationRef reference && ctes.containsKey(reference.cteId())) {
            keep(list(reference.output()), ctes.get(reference.cteId()));
        }
        for (Expression expression : list(plan.expressions())) {
            bound(expression);
        }
        if (plan instanceof CTERelationDef cte) {
            ctes.put(cte.id(), sizes(cte.child()));
        } else if (plan instanceof Union union) {
            list(union.children()).forEach(child -> keep(list(union.output()), sizes(child)));
        } else if (plan instanceof Generate generate) {
            double bytes = bound((Expression) generate.generator()).bytes;
            list(generate.generatorOutput()).forEach(column -> keep(column, bytes));
        } else if (plan instanceof Expand expand) {
            list(expand.projections())
                    .forEach(row -> keep(
                            list(expand.output()),
                            list(row).stream().map(e -> bound(e).bytes).toList()));
        }
    }

    private List<Double> sizes(LogicalPlan plan) {
        return list(plan.output()).stream().map(this::column).toList();
    }

    private void keep(List<Attribute> columns, List<Double> sizes) {
        for (int i = 0; i < Math.min(columns.size(), sizes.size()); i++) {
            keep(columns.get(i), sizes.get(i));
        }
    }

    private void keep(NamedExpression column, double bytes) {
        known.merge(column.exprId(), bytes, Math::max);
    }

    private double column(NamedExpression column) {
        return known.getOrDefault(column.exprId(), grows(((Expression) column).dataType()) ? COLUMN : FIXED);
    }

    private Bound bound(Expression e) {
        Bound bound = ofItsType(e, raw(e));
        if (bound.bytes > MOST_BYTES) {
            note(name(e) + " of a value that may take more than " + (long) MOST_BYTES / 1024 / 1024 + " MB");
        } else if (bound.steps > MOST_STEPS) {
            note(name(e) + " that may take more than " + (long) MOST_STEPS + " steps for one value");
        }
        if (e instanceof Alias alias) {
            keep(alias, bound.bytes);
        }
        return bound;
    }

    private static Bound ofItsType(Expression e, Bound bound) {
        return !e.resolved() || mayGrow(e) ? bound : new Bound(FIXED, bound.steps);
    }

    /** Some expressions, those of windows and of changes to a struct, have no type and throw when they are asked for it. */
    private static boolean mayGrow(Expression e) {
        try {
            return grows(e.dataType());
        } catch (Exception none) {
            return true;
        }
    }

    private Bound raw(Expression e) {
        if (e instanceof Literal literal) {
            return new Bound(literal.value() instanceof UTF8String text ? text.numBytes() : FIXED, 0);
        }
        if (e instanceof NamedLambdaVariable || e instanceof Attribute) {
            return new Bound(column((NamedExpression) e), 0);
        }
        if (e instanceof SubqueryExpression subquery) {
            walk(subquery.plan());
            return new Bound(
                    sizes(subquery.plan()).stream()
                            .mapToDouble(Double::doubleValue)
                            .sum(),
                    1);
        }
        if (e instanceof HigherOrderFunction function) {
            return ofEachElement(e, function);
        }
        List<Bound> inputs = list(e.children()).stream().map(this::bound).toList();
        double bytes = FIXED;
        double steps = 1;
        for (Bound input : inputs) {
            bytes += input.bytes;
            steps += input.steps;
        }
        if (e instanceof StringRepeat || e instanceof ArrayRepeat) {
            Expression times = list(e.children()).get(1);
            bytes = Math.max(inputs.get(0).bytes, ELEMENT) * number(times);
        } else if (e instanceof StringSpace || e instanceof StringLPad || e instanceof StringRPad) {
            bytes += 4 * MOST;
        } else if (e instanceof Sequence) {
            bytes = 2 * MOST * ELEMENT;
        } else if (e instanceof StringReplace) {
            bytes = inputs.get(0).bytes * Math.max(1, inputs.get(2).bytes);
        } else if (e instanceof RegExpReplace) {
            // A group that is put in more than once, at worst as often as its two characters fit.
            bytes = (inputs.get(0).bytes + 1) * Math.max(1, inputs.get(2).bytes);
        } else if (e instanceof ArrayJoin) {
            bytes += inputs.get(0).bytes
                    / ELEMENT
                    * (inputs.get(1).bytes + (inputs.size() > 2 ? inputs.get(2).bytes : 0));
        } else if (e instanceof StringSplit) {
            bytes *= ELEMENT;
        } else if (e instanceof Hex || e instanceof Base64 || e instanceof Encode) {
            bytes *= 4;
        } else if (e instanceof Levenshtein) {
            steps += inputs.get(0).bytes * inputs.get(1).bytes;
        }
        return new Bound(bytes, steps);
    }

    /** A lambda over the elements of arrays: what it makes of them together, as if of one, and of each what is not theirs. */
    private Bound ofEachElement(Expression e, HigherOrderFunction function) {
        double bytes = FIXED;
        double steps = 1;
        for (Expression argument : list(function.arguments())) {
            Bound bound = bound(argument);
            bytes += bound.bytes;
            steps += bound.steps;
        }
        double elements = Math.max(1, bytes / ELEMENT);
        double made = 0;
        for (Expression lambda : list(function.functions())) {
            Bound none = body(lambda, 0);
            Bound all = body(lambda, bytes);
            made += elements * none.bytes + Math.max(0, all.bytes - none.bytes);
            steps += elements * (1 + all.steps);
        }
        if (e instanceof ArrayAggregate aggregate
                && aggregate.zero().resolved()
                && grows(aggregate.zero().dataType())) {
            note(e.prettyName() + " to a value that grows (numbers, dates and times do not)");
        }
        return new Bound(bytes + made, steps);
    }

    private Bound body(Expression lambda, double each) {
        if (lambda instanceof LambdaFunction function) {
            for (NamedExpression argument : list(function.arguments())) {
                known.put(argument.exprId(), grows(((Expression) argument).dataType()) ? each : ELEMENT);
            }
            return bound(function.function());
        }
        return bound(lambda);
    }

    /** A map, a text and such like, and what holds one. */
    private static boolean grows(DataType type) {
        if (type instanceof StructType struct) {
            return Arrays.stream(struct.fields()).anyMatch(field -> grows(field.dataType()));
        }
        return type instanceof StringType
                || type instanceof BinaryType
                || type instanceof ArrayType
                || type instanceof MapType
                || type instanceof VariantType;
    }

    private static double number(Expression size) {
        try {
            return size.foldable() && size.eval(InternalRow.empty()) instanceof Number number
                    ? Math.max(1, number.doubleValue())
                    : MOST;
        } catch (RuntimeException e) {
            return MOST;
        }
    }

    private static final Pattern ALIAS = Pattern.compile("(?i)alias|lambdafunction");

    private static String name(Expression e) {
        return ALIAS.matcher(e.prettyName()).matches() ? "a column" : e.prettyName();
    }

    private void note(String what) {
        if (problem.isEmpty()) {
            problem = Optional.of(what);
        }
    }

    private static <T> List<T> list(Seq<T> all) {
        return CollectionConverters.asJava(all);
    }
}
