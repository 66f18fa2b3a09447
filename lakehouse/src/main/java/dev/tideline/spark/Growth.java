package dev.tideline.spark;

import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
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
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringReplace;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.QueryPlan;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.CommandResult;
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

    private final Map<Object, Size> known = new HashMap<>();
    private final Map<Long, List<Size>> ctes = new HashMap<>();
    /** Each expression is looked at once, however many others it is a part of. */
    private final IdentityHashMap<Expression, Bound> bounds = new IdentityHashMap<>();
    /** How many lambdas enclose what is looked at. */
    private int depth;

    private int looks;
    private Optional<String> problem = Optional.empty();

    private Growth() {}

    /** Why a value of {@code plan} may be too large or take too long; empty where none can. */
    static Optional<String> problem(LogicalPlan plan) {
        Growth growth = new Growth();
        growth.walk(plan);
        return growth.problem;
    }

    /** How many expressions are looked at to know it. */
    static int looks(LogicalPlan plan) {
        Growth growth = new Growth();
        growth.walk(plan);
        return growth.looks;
    }

    /** Bytes of a value, and steps to compute it. */
    private record Bound(Size size, double steps) {}

    /**
     * Bytes by the innermost lambda whose elements they are made of, 0 for none: those of the elements of an array are as many as
     * the array has together, all others are there for each element.
     */
    private static final class Size {
        private final double[] bytes;

        Size(double... bytes) {
            this.bytes = bytes;
        }

        static Size at(int depth, double bytes) {
            double[] all = new double[depth + 1];
            all[depth] = bytes;
            return new Size(all);
        }

        double total() {
            return Arrays.stream(bytes).sum();
        }

        double of(int lambda) {
            return lambda < bytes.length ? bytes[lambda] : 0;
        }

        Size outside(int lambda) {
            return new Size(Arrays.copyOf(bytes, lambda));
        }

        Size plus(Size other) {
            double[] sum = Arrays.copyOf(bytes, Math.max(bytes.length, other.bytes.length));
            for (int i = 0; i < other.bytes.length; i++) {
                sum[i] += other.bytes[i];
            }
            return new Size(sum);
        }

        Size times(double factor) {
            return new Size(Arrays.stream(bytes).map(b -> b * factor).toArray());
        }

        Size times(Size other) {
            double[] product = new double[Math.max(bytes.length, other.bytes.length)];
            for (int i = 0; i < bytes.length; i++) {
                for (int j = 0; j < other.bytes.length; j++) {
                    product[Math.max(i, j)] += bytes[i] * other.bytes[j];
                }
            }
            return new Size(product);
        }

        Size atLeast(double least) {
            return total() < least ? new Size(least) : this;
        }
    }

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
        for (QueryPlan<?> inner : list(plan.innerChildren())) {
            if (inner instanceof LogicalPlan query && !(plan instanceof CommandResult)) {
                walk(query);
            }
        }
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
            Size size = bound((Expression) generate.generator()).size;
            list(generate.generatorOutput()).forEach(column -> keep(column, size));
        } else if (plan instanceof Expand expand) {
            list(expand.projections())
                    .forEach(row -> keep(
                            list(expand.output()),
                            list(row).stream().map(e -> bound(e).size).toList()));
        }
    }

    private List<Size> sizes(LogicalPlan plan) {
        return list(plan.output()).stream().map(this::column).toList();
    }

    private void keep(List<Attribute> columns, List<Size> sizes) {
        for (int i = 0; i < Math.min(columns.size(), sizes.size()); i++) {
            keep(columns.get(i), sizes.get(i));
        }
    }

    private void keep(NamedExpression column, Size size) {
        known.merge(column.exprId(), size, (one, other) -> one.total() < other.total() ? other : one);
    }

    private Size column(NamedExpression column) {
        Size size = known.get(column.exprId());
        return size != null ? size : new Size(grows(((Expression) column).dataType()) ? COLUMN : FIXED);
    }

    private Bound bound(Expression e) {
        Bound known = bounds.get(e);
        if (known != null) {
            return known;
        }
        Bound bound = ofItsType(e, raw(e));
        if (!(e instanceof Attribute)) { // which may become larger, above a union
            bounds.put(e, bound);
        }
        double bytes = bound.size.total();
        if (bytes > MOST_BYTES) {
            note(name(e) + " of a value that may take more than " + (long) MOST_BYTES / 1024 / 1024 + " MB");
        } else if (bound.steps > MOST_STEPS) {
            note(name(e) + " that may take more than " + (long) MOST_STEPS + " steps for one value");
        }
        // A size in the text is computed to know it: after what it is made of was found to be small.
        if (problem.isEmpty() && e.childrenResolved()) {
            Unbounded.problem(e).or(() -> Unbounded.patternProblem(e)).ifPresent(this::note);
        }
        if (e instanceof Alias alias) {
            keep(alias, bound.size);
        }
        return bound;
    }

    private static Bound ofItsType(Expression e, Bound bound) {
        return !e.resolved() || mayGrow(e) ? bound : new Bound(new Size(FIXED), bound.steps);
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
        looks++;
        if (e instanceof Literal literal) {
            return new Bound(new Size(literal.value() instanceof UTF8String text ? text.numBytes() : FIXED), 0);
        }
        if (e instanceof NamedLambdaVariable || e instanceof Attribute) {
            return new Bound(column((NamedExpression) e), 0);
        }
        if (e instanceof SubqueryExpression subquery) {
            walk(subquery.plan());
            return new Bound(sizes(subquery.plan()).stream().reduce(new Size(), Size::plus), 1);
        }
        if (e instanceof HigherOrderFunction function) {
            return ofEachElement(e, function);
        }
        if (e instanceof RuntimeReplaceable replaced) {
            list(e.children()).forEach(this::bound);
            return bound(replaced.replacement());
        }
        List<Bound> inputs = list(e.children()).stream().map(this::bound).toList();
        Size size = new Size(FIXED);
        double steps = 1;
        for (Bound input : inputs) {
            size = size.plus(input.size);
            steps += input.steps;
        }
        if (e instanceof StringRepeat || e instanceof ArrayRepeat) {
            Expression times = list(e.children()).get(1);
            size = inputs.get(0).size.atLeast(ELEMENT).times(number(times));
        } else if (e instanceof StringSpace || e instanceof StringLPad || e instanceof StringRPad) {
            size = size.plus(new Size(4 * MOST));
        } else if (e instanceof Sequence) {
            size = new Size(2 * MOST * ELEMENT);
        } else if (e instanceof StringReplace) {
            size = inputs.get(0).size.times(inputs.get(2).size.atLeast(1));
        } else if (e instanceof RegExpReplace) {
            // A group that is put in more than once, at worst as often as its two characters fit.
            size = inputs.get(0).size.plus(new Size(1)).times(inputs.get(2).size.atLeast(1));
        } else if (e instanceof ArrayJoin) {
            Size between = inputs.get(1).size.plus(inputs.size() > 2 ? inputs.get(2).size : new Size());
            size = size.plus(inputs.get(0).size.times(1 / ELEMENT).times(between));
        } else if (e instanceof StringSplit) {
            size = size.times(ELEMENT);
        } else if (e instanceof Hex || e instanceof Base64 || e instanceof Encode) {
            size = size.times(4);
        } else if (e instanceof Levenshtein) {
            steps += inputs.get(0).size.total() * inputs.get(1).size.total();
        }
        return new Bound(size, steps);
    }

    /** A lambda over the elements of arrays: what it makes of them together, as if of one, and of each what is not theirs. */
    private Bound ofEachElement(Expression e, HigherOrderFunction function) {
        Size arguments = new Size(FIXED);
        double steps = 1;
        for (Expression argument : list(function.arguments())) {
            Bound bound = bound(argument);
            arguments = arguments.plus(bound.size);
            steps += bound.steps;
        }
        Size elements = arguments.times(1 / ELEMENT);
        Size made = arguments;
        depth++;
        for (Expression lambda : list(function.functions())) {
            Bound body = body(lambda, arguments.total());
            made = made.plus(elements.times(body.size.outside(depth)))
                    .plus(arguments.times(body.size.of(depth) / arguments.total()));
            steps += elements.total() * (1 + body.steps);
        }
        depth--;
        if (e instanceof ArrayAggregate aggregate
                && aggregate.zero().resolved()
                && grows(aggregate.zero().dataType())) {
            note(e.prettyName() + " to a value that grows (numbers, dates and times do not)");
        }
        return new Bound(made, steps);
    }

    private Bound body(Expression lambda, double elements) {
        if (lambda instanceof LambdaFunction function) {
            for (NamedExpression argument : list(function.arguments())) {
                known.put(
                        argument.exprId(),
                        grows(((Expression) argument).dataType()) ? Size.at(depth, elements) : new Size(ELEMENT));
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

    private double number(Expression size) {
        try {
            return problem.isEmpty() && size.foldable() && size.eval(InternalRow.empty()) instanceof Number number
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
