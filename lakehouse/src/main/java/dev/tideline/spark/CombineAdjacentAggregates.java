package dev.tideline.spark;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateMode;
import org.apache.spark.sql.catalyst.expressions.aggregate.Complete$;
import org.apache.spark.sql.catalyst.expressions.aggregate.Final$;
import org.apache.spark.sql.catalyst.expressions.aggregate.Partial$;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.SortExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.aggregate.BaseAggregateExec;
import org.apache.spark.sql.execution.aggregate.HashAggregateExec;
import org.apache.spark.sql.execution.aggregate.SortAggregateExec;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * Computes aggregates that no exchange divides in one step. Spark always plans two, one that makes a buffer for each key, and one
 * that merges the buffers of a key; where the first has seen all rows of a key, the second finds, reads and copies each buffer
 * again. Runs in the plans of {@link TaskLocal} only; no session has this rule.
 */
final class CombineAdjacentAggregates extends Rule<SparkPlan> {
    @Override
    public SparkPlan apply(SparkPlan plan) {
        return plan.transformUp(new Pairs());
    }

    /** A merging aggregate right above the one whose buffers it merges. */
    private static final class Pairs extends AbstractPartialFunction<SparkPlan, SparkPlan> {
        @Override
        public boolean isDefinedAt(SparkPlan plan) {
            return plan instanceof BaseAggregateExec merging
                    && isOnly(merging, Final$.MODULE$)
                    && plan.children().head() instanceof BaseAggregateExec making
                    && isOnly(making, Partial$.MODULE$)
                    && merging.getClass() == making.getClass()
                    && sameLength(merging.groupingExpressions(), making.groupingExpressions())
                    && buffers(making).equals(buffers(merging));
        }

        private static boolean sameLength(Seq<?> some, Seq<?> others) {
            return some.length() == others.length();
        }

        /** The results whose buffers an aggregate makes or merges. */
        private static List<ExprId> buffers(BaseAggregateExec aggregate) {
            return CollectionConverters.asJava(aggregate.aggregateExpressions()).stream()
                    .map(AggregateExpression::resultId)
                    .toList();
        }

        private static boolean isOnly(BaseAggregateExec aggregate, AggregateMode mode) {
            List<AggregateExpression> all = CollectionConverters.asJava(aggregate.aggregateExpressions());
            return !all.isEmpty() && all.stream().allMatch(one -> one.mode() == mode);
        }

        @Override
        public SparkPlan apply(SparkPlan plan) {
            if (plan instanceof HashAggregateExec merging && merging.child() instanceof HashAggregateExec making) {
                return new HashAggregateExec(
                        merging.requiredChildDistributionExpressions(),
                        merging.isStreaming(),
                        merging.numShufflePartitions(),
                        making.groupingExpressions(),
                        complete(making),
                        merging.aggregateAttributes(),
                        0,
                        merging.resultExpressions(),
                        making.child());
            }
            if (plan instanceof SortAggregateExec merging && merging.child() instanceof SortAggregateExec making) {
                return new SortAggregateExec(
                        merging.requiredChildDistributionExpressions(),
                        merging.isStreaming(),
                        merging.numShufflePartitions(),
                        making.groupingExpressions(),
                        complete(making),
                        merging.aggregateAttributes(),
                        0,
                        merging.resultExpressions(),
                        sorted(making.child()));
            }
            return plan;
        }

        /**
         * A key may have several rows, so that its events need not all lie together: they are sorted by the first key alone, where
         * that is the hash of all keys that {@link TaskLocal#aggregateBySorting} adds, as plain numbers.
         */
        private static SparkPlan sorted(SparkPlan rows) {
            return rows instanceof SortExec sort
                            && sort.outputPartitioning() instanceof TaskLocal.TaskLocalPartitioning
                            && sort.sortOrder().head().child() instanceof Attribute first
                            && first.name().equals(TaskLocal.HASH)
                    ? new SortExec(only(sort.sortOrder().head()), false, sort.child(), 0)
                    : rows;
        }

        private static <T> Seq<T> only(T one) {
            return CollectionConverters.asScala(List.of(one)).toSeq();
        }

        private static Seq<AggregateExpression> complete(BaseAggregateExec making) {
            return CollectionConverters.asScala(CollectionConverters.asJava(making.aggregateExpressions()).stream()
                            .map(one -> one.copy(
                                    one.aggregateFunction(),
                                    Complete$.MODULE$,
                                    one.isDistinct(),
                                    one.filter(),
                                    one.resultId()))
                            .toList())
                    .toSeq();
        }
    }
}
