package dev.tideline.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.VisibleBatch;
import dev.tideline.protocol.VisibleSpeed;
import java.sql.Date;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;

/** What readers and writers see of a table, as Spark's predicates: days, generations and runs are few. */
public final class RowFilters {
    private RowFilters() {}

    /** Rows whose ({@code seq}, {@code run}) is recorded. */
    public static Column recorded(Owners owners) {
        if (!owners.areWhole()) {
            throw new IllegalStateException("owners of earlier micro-batches were not read: " + owners.older());
        }
        return owners.spans().stream()
                .map(span -> col("run").equalTo(span.run()).and(col("seq").between(span.first(), span.last())))
                .reduce(Column::or)
                .orElse(lit(false));
    }

    /** The rows of a speed table that count. */
    public static Column of(VisibleSpeed visible) {
        Map<Long, List<LocalDate>> settled = new TreeMap<>();
        visible.settledTo()
                .forEach((date, seq) ->
                        settled.computeIfAbsent(seq, s -> new ArrayList<>()).add(date));
        Column rows = recorded(visible.recorded());
        for (Map.Entry<Long, List<LocalDate>> e : settled.entrySet()) {
            rows = rows.and(not(on(e.getValue()).and(col("seq").leq(e.getKey()))));
        }
        return rows.and(on(visible.available()));
    }

    /** The rows of a batch table that count. */
    public static Column of(VisibleBatch visible) {
        Column published = visible.generations().isEmpty()
                ? lit(false)
                : col("generation").isin(visible.generations().toArray());
        return published.and(on(visible.available()));
    }

    /** Raw rows below {@code cut}: what a batch that settles there answers for. */
    public static Column below(Cut cut) {
        return cut.offsets().entrySet().stream()
                .map(e -> col("kafka_topic_id")
                        .equalTo(e.getKey().topicId())
                        .and(col("kafka_partition").equalTo(e.getKey().partition()))
                        .and(col("kafka_offset").lt(e.getValue())))
                .reduce(Column::or)
                .orElse(lit(false));
    }

    private static Column on(Days days) {
        return days.others() ? not(on(days.dates())) : on(days.dates());
    }

    private static Column on(Collection<LocalDate> dates) {
        return dates.isEmpty()
                ? lit(false)
                : col("event_date").isin(dates.stream().map(Date::valueOf).toArray());
    }
}
