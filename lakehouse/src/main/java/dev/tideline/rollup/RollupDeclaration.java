package dev.tideline.rollup;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

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

    /**
     * What this rollup computes, however it is spelled: without white space, case of names, redundant parentheses, and the order of
     * columns. Rollups of equal meaning and unequal {@link #fingerprint} have the same partials in different tables.
     */
    public String meaning() {
        return where.map(w -> "where " + Meaning.of(w)).orElse("") + "|" + meanings(dimensions) + "|"
                + meanings(measures);
    }

    /**
     * Whether its partial rows are of the same events and keys as those of {@code other}, however both are spelled: rows of the one then
     * merge with rows of the other, as far as their measures are the same.
     */
    public boolean hasRowsOf(RollupDeclaration other) {
        return where.map(Meaning::of).equals(other.where.map(Meaning::of))
                && meanings(dimensions).equals(meanings(other.dimensions));
    }

    /** The names of its measures that {@code other} lacks, or declares as something else. */
    public SortedSet<String> lackedBy(RollupDeclaration other) {
        Map<String, String> theirs = meanings(other.measures);
        SortedSet<String> lacked = new TreeSet<>();
        meanings(measures).forEach((measure, meaning) -> {
            if (!meaning.equals(theirs.get(measure))) {
                lacked.add(measure);
            }
        });
        return lacked;
    }

    /** What this one has that {@code other}, of the same meaning, has in other words: {@code sum(x), not sum( x )}. */
    public String difference(RollupDeclaration other) {
        List<String> differences = new ArrayList<>();
        add(where.orElse(""), other.where.orElse(""), differences);
        addAll(dimensions, other.dimensions, differences);
        addAll(measures, other.measures, differences);
        return differences.isEmpty()
                ? "its columns in the order of before: " + names(dimensions) + "; " + names(measures)
                : String.join(", ", differences);
    }

    private static void addAll(List<Column> columns, List<Column> others, List<String> differences) {
        for (Column column : columns) {
            others.stream()
                    .filter(other -> other.name().equals(column.name()))
                    .forEach(other -> add(column.text(), other.text(), differences));
        }
    }

    private static void add(String text, String other, List<String> differences) {
        if (!text.equals(other)) {
            differences.add(text + ", not " + other);
        }
    }

    private static String names(List<Column> columns) {
        return String.join(", ", columns.stream().map(Column::name).toList());
    }

    private static Map<String, String> meanings(List<Column> columns) {
        Map<String, String> meanings = new TreeMap<>();
        columns.forEach(column -> meanings.put(column.name(), Meaning.of(column.text())));
        return meanings;
    }
}
