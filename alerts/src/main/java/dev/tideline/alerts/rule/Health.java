package dev.tideline.alerts.rule;

import java.util.Map;
import org.apache.spark.sql.types.StructType;

/** The views about the pipeline itself, for rules without windows: how it stands at the moment of the evaluation. */
public final class Health {
    /** Name of the view with a row for each feed and stream. */
    public static final String STREAMS_VIEW = "pipeline_streams";

    /** Name of the view with a row for each feed and day (UTC) that has entries. */
    public static final String DAYS_VIEW = "pipeline_days";

    /**
     * A stream: its last recorded micro-batch, how long ago it was recorded, and the records in Kafka that it has not recorded
     * (NULL when Kafka did not say). The counts are those of its newest 1,000 micro-batches.
     */
    public static final StructType STREAMS = StructType.fromDDL("""
            feed STRING, stream STRING, seq BIGINT, recorded_at TIMESTAMP, age_seconds DOUBLE, lag BIGINT,
            consumed BIGINT, accepted BIGINT, rejected BIGINT, rejected_ratio DOUBLE""");

    /** A day: whether a recompute would settle events of it, what is published of it, and how many days ago it began. */
    public static final StructType DAYS = StructType.fromDDL("""
            feed STRING, day DATE, dirty BOOLEAN, generation STRING, horizon_seq BIGINT, held BOOLEAN, sealed BOOLEAN,
            age_days INT""");

    /** The schema of each of these views, by name. */
    public static final Map<String, StructType> VIEWS = Map.of(STREAMS_VIEW, STREAMS, DAYS_VIEW, DAYS);

    private Health() {}
}
