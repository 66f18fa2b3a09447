package dev.tideline.alerts.engine;

import dev.tideline.alerts.rule.Sample;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one instance in one window.
 *
 * @param window its start (UTC)
 * @param sample its row; empty where the query gave none
 * @param completeness share of the Kafka partitions that have been read past the window's end, 0 to 1
 */
public record Observation(Instant window, Optional<Sample> sample, double completeness) {}
