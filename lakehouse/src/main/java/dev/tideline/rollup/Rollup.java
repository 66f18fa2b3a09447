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

    /** The text that this rollup was made from. */
    public RollupDeclaration declaration() {
        return new RollupDeclaration(
                name,
                where,
                dimensions.stream()
                        .map(d -> new RollupDeclaration.Column(d.name(), d.expression()))
                        .toList(),
                measures.stream()
                        .map(m -> new RollupDeclaration.Column(m.name(), m.text()))
                        .toList(),
                derived);
    }

    /** What partials of this rollup mean, as a short hash: see {@link RollupDeclaration#fingerprint}. */
    public String fingerprint() {
        return declaration().fingerprint();
    }
}
