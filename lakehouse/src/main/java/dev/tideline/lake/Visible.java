package dev.tideline.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Resolution;
import java.sql.Date;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;

/** Which rows exist for a reader, as plain predicates: days, generations and runs are few. */
public final class Visible {
    private Visible() {}

    /** Rows whose ({@code seq}, {@code run}) is recorded. */
    public static Column recorded(Owners owners) {
        return owners.spans().stream()
                .map(span -> col("run").equalTo(span.run()).and(col("seq").between(span.first(), span.last())))
                .reduce(Column::or)
                .orElse(lit(false));
    }

    /** Speed rows that count: recorded, and beyond the horizon of their day. */
    public static Column speed(Resolution resolution) {
        Map<Long, List<LocalDate>> settled = new TreeMap<>();
        resolution
                .days()
                .forEach((date, day) -> day.horizon()
                        .map(Horizon::seq)
                        .ifPresent(seq -> settled.computeIfAbsent(seq, s -> new ArrayList<>())
                                .add(date)));
        Column visible = recorded(resolution.speed().owners());
        for (Map.Entry<Long, List<LocalDate>> e : settled.entrySet()) {
            visible = visible.and(not(on(e.getValue()).and(col("seq").leq(e.getKey()))));
        }
        return visible;
    }

    /** Batch rows that count: those of the published generations. */
    public static Column batch(Resolution resolution) {
        Object[] generations = resolution.days().values().stream()
                .map(Day::current)
                .flatMap(Optional::stream)
                .toArray();
        return generations.length == 0 ? lit(false) : col("generation").isin(generations);
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

    /** Rows of these dates. */
    public static Column on(Collection<LocalDate> dates) {
        return dates.isEmpty()
                ? lit(false)
                : col("event_date").isin(dates.stream().map(Date::valueOf).toArray());
    }
}
