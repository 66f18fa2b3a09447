package dev.tideline.batch;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sum;

import dev.tideline.feed.Rollup;
import dev.tideline.measure.Grain;
import dev.tideline.measure.Rollups;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What must hold of a generation before it is published, as read back from its tables. */
final class Audit {
    private Audit() {}

    /**
     * Row conservation: distinct events = counted + filtered. And hours = merged minutes, hour by hour.
     *
     * @param distinct events below the horizon without their duplicates
     * @param counts receives {@code <rollup>.counted} and {@code <rollup>.filtered}
     * @throws AuditFailedException when one does not hold
     */
    static void check(
            Rollup rollup, Dataset<Row> minutes, Dataset<Row> hours, long distinct, Map<String, Long> counts) {
        long counted = events(minutes);
        if (counted > distinct || (rollup.where().isEmpty() && counted != distinct)) {
            throw new AuditFailedException(
                    rollup.name() + " counted " + counted + " of " + distinct + " distinct events");
        }
        Dataset<Row> fromMinutes = perHour(minutes);
        Dataset<Row> fromHours = perHour(hours);
        if (!fromMinutes.exceptAll(fromHours).isEmpty()
                || !fromHours.exceptAll(fromMinutes).isEmpty()) {
            throw new AuditFailedException(rollup.name() + ": hours are not the merge of the minutes");
        }
        counts.put(rollup.name() + ".counted", counted);
        counts.put(rollup.name() + ".filtered", distinct - counted);
    }

    private static long events(Dataset<Row> rows) {
        Row total = rows.agg(sum(Rollups.EVENTS)).head();
        return total.isNullAt(0) ? 0 : total.getLong(0);
    }

    private static Dataset<Row> perHour(Dataset<Row> rows) {
        return rows.groupBy(Grain.HOUR.start(col("window_start")).as("hour"))
                .agg(sum(Rollups.EVENTS).as("events"));
    }
}
