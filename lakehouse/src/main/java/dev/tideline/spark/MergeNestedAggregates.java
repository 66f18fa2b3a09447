package dev.tideline.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreeNodeTag;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;

/**
 * Computes an aggregate over a merge of partial rows in one step where that comes to the same: sums of sums, the least of least
 * and the greatest of greatest values. A view merges the partial rows of each key; a query that adds them up by fewer keys need
 * not wait for that. Only merges that {@link #mergeable} has tagged are touched: any other nested aggregate is planned as Spark
 * plans it.
 */
public final class MergeNestedAggregates extends Rule<LogicalPlan> {
    /** The session setting that turns the rule off: true unless set. */
    public static final String ENABLED = "spark.tideline.mergeNestedAggregates.enabled";

    private static final TreeNodeTag<Boolean> MERGE = new TreeNodeTag<>("tideline.merge");

    MergeNestedAggregates() {}

    /**
     * Allows the rule to compute an aggregate over {@code merged} without it.
     *
     * @param merged what {@code groupBy(…).agg(…)} gives
     */
    public static Dataset<Row> mergeable(Dataset<Row> merged) {
        // On its functions, since a filter that the optimizer moves below an aggregate makes a new one of the same
        // functions.
        Aggregate aggregate = (Aggregate) merged.queryExecution().analyzed();
        for (NamedExpression column : CollectionConverters.asJava(aggregate.aggregateExpressions())) {
            if (column instanceof Alias alias && alias.child() instanceof AggregateExpression function) {
                function.setTagValue(MERGE, true);
            }
        }
        return merged;
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        if (!Boolean.parseBoolean(conf().getConfString(ENABLED, "true"))) {
            return plan;
        }
        return plan.transformUp(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return node instanceof Aggregate outer
                        && outer.child() instanceof Aggregate inner
                        && !inner.isStreaming()
                        && isMerge(inner);
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                Aggregate outer = (Aggregate) node;
                return new Pair(outer, (Aggregate) outer.child()).merged().orElse(outer);
            }
        });
    }

    private static boolean isMerge(Aggregate aggregate) {
        return CollectionConverters.asJava(aggregate.aggregateExpressions()).stream()
                .anyMatch(
                        column -> column instanceof Alias alias && alias.child().containsTag(MERGE));
    }

    /** The outer aggregate needs a value that only the inner one has. */
    private static final class NotMergeable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotMergeable() {
            super("", null, false, false);
        }
    }

    private static final class Pair {
        private final Aggregate outer;
        private final Aggregate inner;
        private final Map<ExprId, Expression> meanings = new HashMap<>();

        Pair(Aggregate outer, Aggregate inner) {
            this.outer = outer;
            this.inner = inner;
            for (NamedExpression column : CollectionConverters.asJava(inner.aggregateExpressions())) {
                meanings.put(column.exprId(), column instanceof Alias alias ? alias.child() : (Expression) column);
            }
        }

        Optional<LogicalPlan> merged() {
            if (inner.groupingExpressions().isEmpty() || !inner.deterministic() || !outer.deterministic()) {
                return Optional.empty();
            }
            try {
                List<Expression> grouping = new ArrayList<>();
                CollectionConverters.asJava(outer.groupingExpressions()).forEach(key -> grouping.add(overInput(key)));
                List<NamedExpression> columns = new ArrayList<>();
                CollectionConverters.asJava(outer.aggregateExpressions())
                        .forEach(column -> columns.add(column(column)));
                return Optional.of(new Aggregate(seq(grouping), seq(columns), inner.child(), outer.hint()));
            } catch (NotMergeable e) {
                return Optional.empty();
            }
        }

        private NamedExpression column(NamedExpression column) {
            Expression moved = overInput((Expression) column);
            return moved instanceof NamedExpression named && named.exprId().equals(column.exprId())
                    ? named
                    : new Alias(
                            moved, column.name(), column.exprId(), column.qualifier(), Option.empty(), seq(List.of()));
        }

        /** The same over the rows that the inner aggregate reads. */
        private Expression overInput(Expression expression) {
            if (expression instanceof Attribute attribute) {
                Expression meaning = meanings.get(attribute.exprId());
                if (meaning == null || meaning.exists(new IsAggregate())) {
                    throw new NotMergeable();
                }
                return meaning;
            }
            if (expression instanceof AggregateExpression aggregate) {
                return overInput(aggregate);
            }
            if (expression instanceof SubqueryExpression) {
                throw new NotMergeable();
            }
            return expression.mapChildren(new AbstractFunction1<Expression, Expression>() {
                @Override
                public Expression apply(Expression child) {
                    return overInput(child);
                }
            });
        }

        private Expression overInput(AggregateExpression over) {
            AggregateFunction function = over.aggregateFunction();
            if (function.children().size() == 1
                    && function.children().head() instanceof Attribute attribute
                    && meanings.get(attribute.exprId()) instanceof AggregateExpression under
                    && sameResult(function, under.aggregateFunction())
                    && !over.isDistinct()
                    && !under.isDistinct()
                    && under.filter().isEmpty()) {
                Option<Expression> filter = over.filter().isEmpty()
                        ? over.filter()
                        : Option.apply(overInput(over.filter().get()));
                return over.copy(under.aggregateFunction(), over.mode(), false, filter, over.resultId());
            }
            throw new NotMergeable();
        }

        private static boolean sameResult(AggregateFunction over, AggregateFunction under) {
            boolean same = over instanceof Sum sums
                    ? under instanceof Sum summed && sums.evalContext().equals(summed.evalContext())
                    : (over instanceof Max || over instanceof Min) && over.getClass() == under.getClass();
            return same && over.dataType().equals(under.dataType());
        }

        private static <T> Seq<T> seq(List<T> some) {
            return CollectionConverters.asScala(some).toSeq();
        }
    }

    private static final class IsAggregate extends AbstractFunction1<Expression, Object> {
        @Override
        public Object apply(Expression expression) {
            return expression instanceof AggregateExpression;
        }
    }
}
