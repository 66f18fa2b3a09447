package dev.tideline.ledger;

import dev.tideline.protocol.DayEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;

/**
 * One entry about one day of one feed, as it stands in the ledger.
 *
 * @param number of the entry, counting from 1 for each (feed, day)
 * @param writer unique to the append, to tell whose entry stands
 * @param counts what a recompute counted, by name: events, duplicate, and per rollup what it counted and filtered
 * @param rollups fingerprint of each rollup that a published generation holds
 * @param policy fingerprint of the decoding policy
 * @param code version of the code that wrote it
 */
public record DayRecord(
        String feed,
        LocalDate day,
        long number,
        String writer,
        DayEntry entry,
        Map<String, Long> counts,
        Map<String, String> rollups,
        String policy,
        String code,
        Instant at)
        implements Feature.User {
    /** Which of {@code counts} is the archive's last micro-batch when a generation was computed. */
    public static final String ARCHIVE_SEQ = "archive_seq";

    @Override
    public Set<Feature> features() {
        boolean isParted =
                entry instanceof DayEntry.Folded folded && !folded.cuts().isEmpty();
        return entry instanceof DayEntry.Intends || isParted ? Set.of(Feature.INTENTS) : Set.of();
    }
}
