package dev.tideline.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.classic.ColumnNodeToExpressionConverter$;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** SQL expressions over a row's columns, checked without a session: what type they have, or what is wrong with them. */
public final class Expressions {
    /** As in the sessions that evaluate them. */
    private static final DeclaredRelations NONE =
            new DeclaredRelations(Map.of(), Map.of("spark.sql.ansi.enabled", "false"));

    private final StructType schema;

    public Expressions(StructType schema) {
        this.schema = schema;
    }

    /**
     * The type of a SQL expression.
     *
     * @throws IllegalArgumentException saying what is wrong with the expression
     */
    public DataType typeOf(String expression) {
        return explained(expression, () -> {
            LogicalPlan analyzed = NONE.analyze(() -> new Project(
                    seq(List.of(named("value", CatalystSqlParser$.MODULE$.parseExpression(expression)))), row()));
            Expression resolved = analyzed.expressions().head();
            if (!resolved.deterministic() || resolved.containsPattern(TreePattern.CURRENT_LIKE())) {
                throw new IllegalArgumentException(
                        "gives another answer each time (use the event's own fields): " + expression);
            }
            if (resolved.exists(e -> e instanceof AggregateExpression)) {
                throw new IllegalArgumentException(
                        "is an aggregate, where one event's fields are wanted: " + expression);
            }
            boolean plain = analyzed.children().head() instanceof LocalRelation
                    && !resolved.exists(e -> e instanceof SubqueryExpression);
            if (!plain) {
                throw new IllegalArgumentException("is not one value of one event: " + expression);
            }
            requireBounded(resolved, expression);
            return analyzed.schema().fields()[0].dataType();
        });
    }

    private static void requireBounded(Expression e, String expression) {
        Unbounded.problem(e).ifPresent(problem -> {
            throw new IllegalArgumentException("could fill the memory, " + problem + ": " + expression);
        });
        Unbounded.patternProblem(e).ifPresent(problem -> {
            throw new IllegalArgumentException("could take for ever, " + problem + ": " + expression);
        });
        CollectionConverters.asJava(e.children()).forEach(child -> requireBounded(child, expression));
        if (e instanceof RuntimeReplaceable replaced) {
            requireBounded(replaced.replacement(), expression);
        }
    }

    /**
     * The columns that {@code columns}, by name, make of each row.
     *
     * @throws IllegalArgumentException saying what is wrong with one of them
     */
    public StructType columns(String declaration, Map<String, Column> columns) {
        return explained(
                declaration,
                () -> NONE.analyze(() -> new Project(seq(named(columns)), row()))
                        .schema());
    }

    /**
     * The columns that {@code aggregates}, by name, make of all rows.
     *
     * @throws IllegalArgumentException saying what is wrong with one of them
     */
    public StructType aggregates(String declaration, Map<String, Column> aggregates) {
        return aggregated(declaration, aggregates).schema();
    }

    /**
     * What {@code aggregate} makes of no rows, as a literal; an aggregate with a buffer of its own, such as a sketch.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public Column ofNoRow(String declaration, Column aggregate) {
        Alias column = (Alias) aggregated(declaration, Map.of("value", aggregate))
                .expressions()
                .head();
        return ExpressionUtils.column(Literal.create(
                ofNoRow((TypedImperativeAggregate<?>) ((AggregateExpression) column.child()).aggregateFunction()),
                column.dataType()));
    }

    private static <T> Object ofNoRow(TypedImperativeAggregate<T> aggregate) {
        return aggregate.eval(aggregate.createAggregationBuffer());
    }

    private LogicalPlan aggregated(String declaration, Map<String, Column> aggregates) {
        return explained(
                declaration,
                () -> NONE.analyze(() ->
                        new Aggregate(seq(List.<Expression>of()), seq(named(aggregates)), row(), Option.empty())));
    }

    /** The fields that {@code column} is made of, as they are written in it. */
    public static List<String> fields(Column column) {
        List<String> names = new ArrayList<>();
        addFields(ColumnNodeToExpressionConverter$.MODULE$.apply(column.node()), names);
        return names;
    }

    private static void addFields(Expression expression, List<String> names) {
        if (expression instanceof UnresolvedAttribute attribute) {
            names.add(attribute.nameParts().head());
        }
        CollectionConverters.asJava(expression.children()).forEach(child -> addFields(child, names));
    }

    /** Whether Spark aggregates values of {@code type} by hashing: their buffer can be updated where it lies. */
    public static boolean isHashAggregated(DataType type) {
        return UnsafeRow.isMutable(type);
    }

    private static <T> T explained(String declaration, Supplier<T> check) {
        try {
            return check.get();
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof AnalysisException) {
                throw new IllegalArgumentException(firstLine(e) + ": " + declaration, e);
            }
            throw new IllegalStateException("checking " + declaration, e);
        }
    }

    private static List<NamedExpression> named(Map<String, Column> columns) {
        return columns.entrySet().stream()
                .map(e -> named(
                        e.getKey(),
                        ColumnNodeToExpressionConverter$.MODULE$.apply(
                                e.getValue().node())))
                .toList();
    }

    private static NamedExpression named(String name, Expression expression) {
        return new Alias(
                expression,
                name,
                NamedExpression$.MODULE$.newExprId(),
                seq(List.<String>of()),
                Option.empty(),
                seq(List.<String>of()));
    }

    private static <T> Seq<T> seq(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    private LogicalPlan row() {
        return LocalRelation$.MODULE$.apply(
                schema.fields()[0], seq(List.of(schema.fields()).subList(1, schema.size())));
    }

    /** Spark's message without its error class, suggestion and position. */
    private static String firstLine(Exception e) {
        String message = String.valueOf(e.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("");
        return message.replaceFirst("^\\[[A-Z0-9_.]+\\] ", "")
                .replaceFirst("\\.? Did you mean one of the following\\?", " among")
                .replaceFirst("\\.? SQLSTATE: \\w+.*$", "");
    }
}
