package dev.tideline.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.VisibleBatch;
import dev.tideline.protocol.VisibleSpeed;
import dev.tideline.spark.DaySet;
import dev.tideline.spark.OffsetsBelow;
import dev.tideline.spark.RecordedRuns;
import dev.tideline.spark.SettledDays;
import dev.tideline.spark.TextSet;
import org.apache.spark.sql.Column;

/**
 * What readers and writers see of a table, as Spark's predicates: as deep for ten years of days, a hundred thousand runs and a
 * thousand partitions as for one.
 */
public final class RowFilters {
    private RowFilters() {}

    /** Rows whose ({@code seq}, {@code run}) is recorded. */
    public static Column recorded(Owners owners) {
        return new RecordedRuns(owners).own(col("run"), col("seq"));
    }

    /** The rows of a speed table that count. */
    public static Column of(VisibleSpeed visible) {
        return recorded(visible.recorded())
                .and(new SettledDays(visible.settledTo()).precede(col("event_date"), col("seq")))
                .and(on(visible.available()));
    }

    /** The rows of a batch table that count. */
    public static Column of(VisibleBatch visible) {
        return new TextSet(visible.generations()).has(col("generation")).and(on(visible.available()));
    }

    /** Raw rows below {@code cut}: what a batch that settles there answers for. */
    public static Column below(Cut cut) {
        return new OffsetsBelow(cut).hold();
    }

    /** Rows of these days. */
    public static Column on(Days days) {
        if (days.dates().isEmpty()) {
            return lit(days.others());
        }
        Column named = new DaySet(days.dates()).has(col("event_date"));
        return days.others() ? not(named) : named;
    }
}
