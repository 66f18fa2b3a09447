package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * Which run recorded which micro-batches: the rows tagged ({@code seq}, {@code run}) exist for readers only where the run
 * owns the seq. A run is new at each query start and stops at its first lost race, so each owns one span.
 *
 * <p>So that a record does not grow with the age of its feed, it carries the newest spans only, and says which records carry
 * those before them.
 *
 * @param spans oldest first
 * @param older the seqs of the records whose spans, in this order, come before these; empty when there are none
 */
public record Owners(List<Span> spans, List<Long> older) {
    public static final Owners NONE = new Owners(List.of());
    /** So many spans, of about 60 bytes, are carried by one record. */
    static final int CARRIED = 256;

    /** The micro-batches {@code first} to {@code last} (inclusive) of one run. */
    public record Span(String run, long first, long last) {}

    public Owners {
        spans = List.copyOf(spans);
        older = older == null ? List.of() : List.copyOf(older); // as in records from before there was such a thing
    }

    /** All owners there are. */
    public Owners(List<Span> spans) {
        this(spans, List.of());
    }

    /** Whether nothing older is left out: only then do they say of every row whether it exists. */
    public boolean areWhole() {
        return older.isEmpty();
    }

    /** Whether {@code run} owns {@code seq}, as far as these spans go. */
    public boolean owns(String run, long seq) {
        return spans.stream().anyMatch(span -> span.first <= seq && seq <= span.last && span.run.equals(run));
    }

    /** The run that owns {@code seq}, which one of these spans holds. */
    public String of(long seq) {
        return spans.stream()
                .filter(span -> span.first <= seq && seq <= span.last)
                .findFirst()
                .orElseThrow()
                .run;
    }

    /** These owners, of the last record, and {@code run} as the owner of {@code seq}, which follows it. */
    public Owners then(String run, long seq) {
        List<Span> next = new ArrayList<>(spans);
        if (!next.isEmpty() && next.get(next.size() - 1).run.equals(run)) {
            Span span = next.remove(next.size() - 1);
            next.add(new Span(run, span.first, seq));
        } else if (next.size() < CARRIED) {
            next.add(new Span(run, seq, seq));
        } else {
            List<Long> before = new ArrayList<>(older);
            before.add(seq - 1);
            return new Owners(List.of(new Span(run, seq, seq)), before);
        }
        return new Owners(next, older);
    }

    /** The owners of the micro-batches after {@code seq}: all that a reader needs who sees none up to it. */
    public Owners after(long seq) {
        return new Owners(
                spans.stream()
                        .filter(span -> span.last > seq)
                        .map(span -> new Span(span.run, Math.max(span.first, seq + 1), span.last))
                        .toList(),
                older);
    }
}
