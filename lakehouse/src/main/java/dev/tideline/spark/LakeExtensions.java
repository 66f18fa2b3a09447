package dev.tideline.spark;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * For a session's {@code spark.sql.extensions}: the one rule of ours that runs in other people's queries, {@link
 * MergeNestedAggregates}, and there on the views' own merges only, on which no answer depends; and the function of {@link
 * DistinctEstimate}.
 */
public final class LakeExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        DistinctEstimate.inject(extensions);
        extensions.injectOptimizerRule(new AbstractFunction1<>() {
            @Override
            public Rule<LogicalPlan> apply(SparkSession session) {
                return new MergeNestedAggregates();
            }
        });
        return BoxedUnit.UNIT;
    }
}
