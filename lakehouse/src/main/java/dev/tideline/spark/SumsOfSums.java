package dev.tideline.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;

/**
 * An aggregate over an aggregate by more keys, in one where that comes to the same: sums of sums, the least of least and the
 * greatest of greatest values. A view merges the partial rows of each key; a question that adds them up by fewer keys need not
 * wait for that.
 */
final class SumsOfSums extends Rule<LogicalPlan> {
    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return plan.transformUp(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return node instanceof Aggregate outer
                        && outer.child() instanceof Aggregate inner
                        && !inner.isStreaming();
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                Aggregate outer = (Aggregate) node;
                return new Pair(outer, (Aggregate) outer.child()).merged().orElse(outer);
            }
        });
    }

    /** Cannot be said without the aggregate in between. */
    private static final class Apart extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Apart() {
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
                CollectionConverters.asJava(outer.groupingExpressions()).forEach(key -> grouping.add(said(key)));
                List<NamedExpression> columns = new ArrayList<>();
                CollectionConverters.asJava(outer.aggregateExpressions())
                        .forEach(column -> columns.add(column(column)));
                return Optional.of(new Aggregate(seq(grouping), seq(columns), inner.child(), outer.hint()));
            } catch (Apart e) {
                return Optional.empty();
            }
        }

        private NamedExpression column(NamedExpression column) {
            Expression said = said((Expression) column);
            return said instanceof NamedExpression named && named.exprId().equals(column.exprId())
                    ? named
                    : new Alias(
                            said, column.name(), column.exprId(), column.qualifier(), Option.empty(), seq(List.of()));
        }

        /** The same over the rows that the inner aggregate reads. */
        private Expression said(Expression expression) {
            if (expression instanceof Attribute attribute) {
                Expression meaning = meanings.get(attribute.exprId());
                if (meaning == null || meaning.exists(new IsAggregate())) {
                    throw new Apart();
                }
                return meaning;
            }
            if (expression instanceof AggregateExpression aggregate) {
                return said(aggregate);
            }
            if (expression instanceof SubqueryExpression) {
                throw new Apart();
            }
            return expression.mapChildren(new AbstractFunction1<Expression, Expression>() {
                @Override
                public Expression apply(Expression child) {
                    return said(child);
                }
            });
        }

        private Expression said(AggregateExpression over) {
            AggregateFunction function = over.aggregateFunction();
            if (function.children().size() == 1
                    && function.children().head() instanceof Attribute attribute
                    && meanings.get(attribute.exprId()) instanceof AggregateExpression under
                    && comesToTheSame(function, under.aggregateFunction())
                    && !over.isDistinct()
                    && !under.isDistinct()
                    && under.filter().isEmpty()) {
                Option<Expression> filter = over.filter().isEmpty()
                        ? over.filter()
                        : Option.apply(said(over.filter().get()));
                return over.copy(under.aggregateFunction(), over.mode(), false, filter, over.resultId());
            }
            throw new Apart();
        }

        private static boolean comesToTheSame(AggregateFunction over, AggregateFunction under) {
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
