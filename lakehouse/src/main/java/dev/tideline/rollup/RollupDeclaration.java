package dev.tideline.rollup;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A rollup as its file spells it: text, which nothing has checked.
 *
 * @param where which events it counts; all when empty
 * @param dimensions the columns that it groups by, each an expression over an event's fields
 * @param measures the columns that it computes, such as {@code sum(cost_micros) where is_valid}
 * @param derived columns computed from finished measures when read, name to expression
 */
public record RollupDeclaration(
        String name,
        Optional<String> where,
        List<Column> dimensions,
        List<Column> measures,
        Map<String, String> derived) {

    /** A column and what it is made of. */
    public record Column(String name, String text) {}

    public RollupDeclaration {
        dimensions = List.copyOf(dimensions);
        measures = List.copyOf(measures);
        derived = Collections.unmodifiableMap(new LinkedHashMap<>(derived));
    }

    /**
     * What partials of this rollup mean, as a short hash: rollups with another fingerprint have other tables, so that a
     * changed definition never mixes with what was computed before. Derived columns are computed on reading and do not count.
     */
    public String fingerprint() {
        StringBuilder text = new StringBuilder(name);
        where.ifPresent(w -> text.append("|where ").append(w));
        dimensions.forEach(d -> text.append("|").append(d.name()).append(": ").append(d.text()));
        measures.forEach(m -> text.append("|").append(m.name()).append(": ").append(m.text()));
        return Fingerprint.of(text.toString());
    }
}
