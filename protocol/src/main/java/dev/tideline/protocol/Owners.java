package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * Which run recorded which micro-batches: the rows tagged ({@code seq}, {@code run}) exist for readers only where the run
 * owns the seq. A run is new at each query start and stops at its first lost race, so each owns one span.
 */
public record Owners(List<Span> spans) {
    public static final Owners NONE = new Owners(List.of());

    /** The micro-batches {@code first} to {@code last} (inclusive) of one run. */
    public record Span(String run, long first, long last) {}

    public Owners {
        spans = List.copyOf(spans);
    }

    public boolean owns(String run, long seq) {
        return spans.stream().anyMatch(span -> span.first <= seq && seq <= span.last && span.run.equals(run));
    }

    /** These owners and {@code run} as the owner of {@code seq}, which follows the last one recorded. */
    public Owners then(String run, long seq) {
        List<Span> next = new ArrayList<>(spans);
        if (!next.isEmpty() && next.get(next.size() - 1).run.equals(run)) {
            Span span = next.remove(next.size() - 1);
            next.add(new Span(run, span.first, seq));
        } else {
            next.add(new Span(run, seq, seq));
        }
        return new Owners(next);
    }

    /** The owners of the micro-batches after {@code seq}: all that a reader needs who sees none up to it. */
    public Owners after(long seq) {
        return new Owners(spans.stream()
                .filter(span -> span.last > seq)
                .map(span -> new Span(span.run, Math.max(span.first, seq + 1), span.last))
                .toList());
    }
}
