package dev.tideline.ledger;

import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.PolicyChanges;
import dev.tideline.protocol.Progress;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A stream's record as it stands in its ledger: the {@link Progress} that the protocol needs, and what people ask about.
 *
 * @param counts rows of this micro-batch by name: consumed, accepted, rejected, and of the speed layer duplicate
 * @param policy fingerprint of the policy by which this micro-batch was decoded; where it has read nothing, by which the stream reads on
 * @param rollups fingerprint of each rollup's definition, by rollup
 * @param introduced rollups that the speed layer did not compute from its first micro-batch on, by name
 * @param touched of the archive: for each event date (UTC) the last micro-batch that accepted an event of it; of the newest
 *     {@value #DATES} dates
 * @param driver who wrote it: host, process id
 * @param runStartedAt when the run began
 * @param recordedAt when the record was written, by its writer's clock
 * @param changes of the policy, of which at least one of the feed's streams is not past, and the newest; a record that announces one has read
 *     nothing
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
        Instant recordedAt,
        List<PolicyChange> changes)
        implements Feature.User {
    private static final int DATES = 1000;

    public ProgressRecord {
        introduced = introduced == null ? Map.of() : introduced; // as in records from before there was such a thing
        TreeMap<LocalDate, Long> dates = new TreeMap<>(touched == null ? Map.of() : touched);
        while (dates.size() > DATES) {
            dates.pollFirstEntry();
        }
        touched = Collections.unmodifiableMap(dates);
        changes = changes == null ? List.of() : List.copyOf(changes);
    }

    /** Of a stream whose policy has never changed. */
    public ProgressRecord(
            Progress progress,
            Map<String, Long> counts,
            String policy,
            Map<String, String> rollups,
            Map<String, Introduced> introduced,
            Map<LocalDate, Long> touched,
            String driver,
            Instant runStartedAt,
            Instant recordedAt) {
        this(progress, counts, policy, rollups, introduced, touched, driver, runStartedAt, recordedAt, List.of());
    }

    /** What it says of the decoding policy. */
    public PolicyChanges.Side decoding() {
        return new PolicyChanges.Side(policy, progress.cut(), changes);
    }

    @Override
    public Set<Feature> features() {
        return changes.isEmpty() ? Set.of() : Set.of(Feature.POLICY_CHANGES);
    }
}
