package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * The horizons of the newest recomputes that said so before they began. A fold leaves these boundaries standing, so that each
 * of them can publish, however long it takes; nothing waits for one, and one that died leaves nothing to release.
 *
 * @param limit how many are kept: so many recomputes of one day at once are sure that one of them publishes
 * @param newest the seqs of their horizons, the newest intent last
 */
public record Intents(int limit, List<Long> newest) {
    /** Each costs one partial more per key and minute, until the next publish or eight newer ones. */
    public static final Intents NONE = new Intents(8, List.of());

    public Intents {
        newest = List.copyOf(newest);
    }

    Intents then(long seq) {
        List<Long> next = new ArrayList<>(newest);
        next.remove(seq);
        next.add(seq);
        return new Intents(limit, next.subList(Math.max(0, next.size() - limit), next.size()));
    }

    /** Those that a horizon {@code published} leaves to hope. */
    Intents beyond(long published) {
        return new Intents(limit, newest.stream().filter(seq -> seq > published).toList());
    }

    /** The boundaries inside {@code fold}, ascending. */
    List<Long> splitting(Seqs fold) {
        return newest.stream().filter(fold::areSplitBy).sorted().toList();
    }
}
