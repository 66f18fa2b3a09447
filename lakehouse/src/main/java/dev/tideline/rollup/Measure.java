package dev.tideline.rollup;

import java.util.Map;
import org.apache.spark.sql.Column;

/**
 * One number (or sketch) of a rollup, as three Spark expressions: a <em>partial</em> aggregates events, a <em>merge</em>
 * aggregates partials, in any order and grouping, and a <em>finish</em> turns a merged partial into what readers see. Both
 * layers, both grains and the view are made of these three.
 */
public sealed interface Measure permits Count, Sum, MinMax, FirstLast, Distinct, Quantiles, Top {

    String name();

    /** The declaration that this measure was parsed from, such as {@code sum(cost_micros) where is_valid}. */
    String text();

    /** Aggregates over accepted events, by the partial column that each fills. */
    Map<String, Column> partial();

    /** Aggregates over partials, by the same columns. */
    Map<String, Column> merge();

    /** Whether Spark aggregates it by sorting: what it keeps of a group is more than a few words of fixed width. */
    default boolean sorts() {
        return false;
    }

    /** Whether merged partials that are all NULL are NULL, and not what there is of no event: a sketch of nothing is one of 0 values. */
    default boolean isNullOfNulls() {
        return true;
    }

    /** Whether a merge takes NULL for a partial. */
    default boolean mergesNull() {
        return true;
    }

    /** Expressions over merged partials, by the column that readers see. */
    Map<String, Column> finish();
}
