package dev.tideline.rollup;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.MapType;

/**
 * One aggregate of a feed, kept per minute and per hour (UTC).
 *
 * @param where which winning events it counts; all when empty
 * @param derived columns computed from finished measures when read, name to expression
 */
public record Rollup(
        String name,
        Optional<String> where,
        List<Dimension> dimensions,
        List<Measure> measures,
        Map<String, String> derived) {
    public Rollup {
        dimensions = List.copyOf(dimensions);
        measures = List.copyOf(measures);
        derived = Collections.unmodifiableMap(new LinkedHashMap<>(derived));
    }

    /** Whether rows carry {@code series_id}, a 64-bit hash of the dimensions: where one of them is a map of labels. */
    public boolean hasSeriesId() {
        return dimensions.stream().anyMatch(d -> d.type() instanceof MapType);
    }

    /**
     * What partials of this rollup mean, as a short hash: rollups with another fingerprint have other tables, so that a
     * changed definition never mixes with what was computed before. Derived columns are computed on reading and do not count.
     */
    public String fingerprint() {
        StringBuilder text = new StringBuilder(name);
        where.ifPresent(w -> text.append("|where ").append(w));
        dimensions.forEach(d -> text.append("|").append(d.name()).append(": ").append(d.expression()));
        measures.forEach(m -> text.append("|").append(m.name()).append(": ").append(m.text()));
        return Fingerprint.of(text.toString());
    }
}
