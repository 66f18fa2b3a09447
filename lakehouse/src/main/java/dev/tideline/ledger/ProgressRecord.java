package dev.tideline.ledger;

import dev.tideline.protocol.Progress;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A stream's record as it stands in its ledger: the {@link Progress} that the protocol needs, and what people ask about.
 *
 * @param counts rows of this micro-batch by name: consumed, accepted, rejected, and of the speed layer duplicate
 * @param policy fingerprint of the decoding policy
 * @param rollups fingerprint of each rollup's definition, by rollup
 * @param introduced rollups that the speed layer did not compute from its first micro-batch on, by name
 * @param touched of the archive: for each event date (UTC) the last micro-batch that accepted an event of it; of the newest
 *     {@value #DATES} dates
 * @param driver who wrote it: host, process id
 * @param runStartedAt when the run began
 * @param recordedAt when the record was written, by its writer's clock
 */
public record ProgressRecord(
        Progress progress,
        Map<String, Long> counts,
        String policy,
        Map<String, String> rollups,
        Map<String, Introduced> introduced,
        Map<LocalDate, Long> touched,
        String driver,
        Instant runStartedAt,
        Instant recordedAt) {
    private static final int DATES = 1000;

    public ProgressRecord {
        introduced = introduced == null ? Map.of() : introduced; // as in records from before there was such a thing
        TreeMap<LocalDate, Long> dates = new TreeMap<>(touched == null ? Map.of() : touched);
        while (dates.size() > DATES) {
            dates.pollFirstEntry();
        }
        touched = Collections.unmodifiableMap(dates);
    }
}
