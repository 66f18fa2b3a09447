package dev.tideline.serving;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import dev.tideline.table.LakeTable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * What alerts have told, for SQL. {@code alerts_active}: one row for each alert that fires, as the evaluator last recorded it.
 * {@code alerts_history}: one row for each time that an alert began to fire or was resolved ({@code kind} is {@code firing} or
 * {@code resolved}), with {@code restated = 'would_not_have_fired'} where a recompute of its day says so; and one
 * ({@code missed}) for each that would have fired by that recompute and did not. Times of windows are the data's own, {@code at}
 * is the evaluator's clock, all UTC.
 */
final class AlertViews {
    private static final String ACTIVE = "alerts_active";
    private static final String HISTORY = "alerts_history";
    static final List<String> NAMES = List.of(ACTIVE, HISTORY);

    private static final String TRANSITION = "key STRING, kind STRING, `group` STRING, alert STRING, "
            + "labels MAP<STRING,STRING>, annotations MAP<STRING,STRING>, value DOUBLE, starts_at TIMESTAMP, "
            + "ends_at TIMESTAMP, at TIMESTAMP, completeness DOUBLE, provisional BOOLEAN";
    private static final StructType RECORD = StructType.fromDDL("transitions ARRAY<STRUCT<" + TRANSITION
            + ">>, active ARRAY<STRUCT<" + TRANSITION
            + ">>, restatements ARRAY<STRUCT<feed STRING, day DATE, generation STRING, "
            + "at TIMESTAMP, missed ARRAY<STRUCT<" + TRANSITION + ">>, would_not_have_fired ARRAY<STRING>>>");

    private AlertViews() {}

    /** The rows of the view {@code name}; empty when no evaluator ever recorded anything. */
    static Optional<Dataset<Row>> rows(LakeTable alerts, String name) {
        if (!alerts.exists()) {
            return Optional.empty();
        }
        Dataset<Row> records = alerts.read()
                .select(col("number"), from_json(col("record"), RECORD).as("record"));
        return Optional.of(name.equals(ACTIVE) ? active(records) : history(records));
    }

    private static Dataset<Row> active(Dataset<Row> records) {
        return each(records.agg(max_by(col("record"), col("number")).as("record")), "record.active")
                .drop("kind", "ends_at");
    }

    private static Dataset<Row> history(Dataset<Row> records) {
        Dataset<Row> newest = each(records, "record.restatements")
                .groupBy("feed", "day")
                .agg(max_by(struct("missed", "would_not_have_fired"), col("at")).as("last"));
        Dataset<Row> wrong = newest.select(
                        explode(col("last.would_not_have_fired")).as("key"))
                .distinct()
                .withColumn("restated", lit("would_not_have_fired"));
        Dataset<Row> missed = each(newest, "last.missed")
                .withColumn("kind", lit("missed"))
                .withColumn("restated", lit(null).cast("string"));
        return each(records, "record.transitions")
                .withColumn("kind", lower(col("kind")))
                .join(wrong, new String[] {"key"}, "left_outer")
                .unionByName(missed);
    }

    private static Dataset<Row> each(Dataset<Row> rows, String what) {
        return rows.select(explode(col(what)).as("one")).select("one.*");
    }
}
