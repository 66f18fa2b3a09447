package dev.tideline.rollup;

import static dev.tideline.rollup.Columns.columns;
import static dev.tideline.rollup.Columns.sql;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * The value of the first or last event that has one, by event time; ties go by topic, partition and offset. The partial
 * carries those coordinates, so that merging is the same choice again.
 */
record FirstLast(String name, String text, boolean last, String argument, Optional<String> where) implements Measure {
    private String pick() {
        return last ? "max" : "min";
    }

    @Override
    public Map<String, Column> partial() {
        return columns(
                name,
                Columns.ofEvents(
                        "%s(named_struct('at', event_time, 'topic', kafka_topic, 'topic_id', kafka_topic_id, "
                                + "'partition', kafka_partition, 'offset', kafka_offset, 'value', %s)) filter (where %s)",
                        pick(),
                        argument,
                        where.map(w -> "(" + w + ") and ").orElse("") + "(" + argument + ") is not null"));
    }

    @Override
    public Map<String, Column> merge() {
        return columns(name, sql("%s(`%s`)", pick(), name));
    }

    @Override
    public boolean sorts() {
        return true;
    }

    @Override
    public Map<String, Column> finish() {
        return columns(name, sql("`%s`.value", name));
    }
}
