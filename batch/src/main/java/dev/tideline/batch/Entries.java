package dev.tideline.batch;

import dev.tideline.feed.Feed;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.DayRecord;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;

/** Entries about days as the batch layer writes them: with the feed's policy, and the release that wrote them. */
final class Entries {
    private Entries() {}

    /** The entry after {@code known}, which counts nothing. */
    static DayRecord of(Feed feed, LocalDate date, Day known, DayEntry entry, Instant now) {
        return of(feed, date, known, entry, Map.of(), Map.of(), now);
    }

    /** The entry after {@code known}. */
    static DayRecord of(
            Feed feed,
            LocalDate date,
            Day known,
            DayEntry entry,
            Map<String, Long> counts,
            Map<String, String> fingerprints,
            Instant now) {
        return DayLedger.entry(feed.name(), date, known, entry, counts, fingerprints, feed.policy(), Version.CODE, now);
    }
}
