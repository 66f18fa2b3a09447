package dev.tideline.batch;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sum;

import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
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
        Map<Instant, Long> fromMinutes = perHour(minutes);
        Map<Instant, Long> fromHours = perHour(hours);
        long counted = fromMinutes.values().stream().mapToLong(Long::longValue).sum();
        if (counted > distinct || (rollup.where().isEmpty() && counted != distinct)) {
            throw new AuditFailedException(
                    rollup.name() + " counted " + counted + " of " + distinct + " distinct events");
        }
        if (!fromMinutes.equals(fromHours)) {
            throw new AuditFailedException(
                    rollup.name() + ": hours are not the merge of the minutes, " + fromHours + " for " + fromMinutes);
        }
        synchronized (counts) {
            counts.put(rollup.name() + ".counted", counted);
            counts.put(rollup.name() + ".filtered", distinct - counted);
        }
    }

    private static Map<Instant, Long> perHour(Dataset<Row> rows) {
        Map<Instant, Long> events = new TreeMap<>();
        rows.groupBy(Grain.HOUR.start(col("window_start")))
                .agg(sum(Rollups.EVENTS))
                .collectAsList()
                .forEach(row -> events.put(row.getTimestamp(0).toInstant(), row.getLong(1)));
        return events;
    }
}
