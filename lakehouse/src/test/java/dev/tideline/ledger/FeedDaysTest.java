package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Entries that come one after the other make the same days as all of them at once. */
class FeedDaysTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-01");

    @Test
    void areTheSameHoweverTheirEntriesCame() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<DayRecord> entries = entries(random);
            FeedDays stepwise = FeedDays.NONE;
            for (int from = 0; from < entries.size(); ) {
                int to = Math.min(entries.size(), from + 1 + random.nextInt(4));
                stepwise = stepwise.with(entries.subList(from, to));
                from = to;
            }
            FeedDays atOnce = FeedDays.of(entries);

            assertThat(stepwise.days()).as("seed %d", seed).isEqualTo(atOnce.days());
            assertThat(stepwise.published()).isEqualTo(atOnce.published()).isEqualTo(published(entries));
            assertThat(stepwise.entries()).isEqualTo(atOnce.entries()).containsExactlyInAnyOrderElementsOf(entries);
        }
    }

    private static Map<LocalDate, DayRecord> published(List<DayRecord> entries) {
        Map<LocalDate, DayRecord> published = new java.util.HashMap<>();
        for (DayRecord record : entries) {
            Day day = Day.of(entries.stream()
                    .filter(r -> r.day().equals(record.day()))
                    .map(DayRecord::entry)
                    .toList());
            if (record.entry() instanceof DayEntry.Published p && day.showsBatch(p.generation())) {
                published.put(record.day(), record);
            }
        }
        return published;
    }

    private static List<DayRecord> entries(Random random) {
        List<DayRecord> entries = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            DayEntry entry = switch (random.nextInt(5)) {
                case 0 -> new DayEntry.RolledBack("g" + random.nextInt(30));
                case 1 -> new DayEntry.Retired(List.of("g" + random.nextInt(30)), random.nextInt(5));
                case 2 -> new DayEntry.Sealed();
                default -> new DayEntry.Published("g" + i, new Horizon(i, Cut.NOTHING));
            };
            entries.add(new DayRecord(
                    "f",
                    DAY.plusDays(random.nextInt(4)),
                    i + 1,
                    "w" + i,
                    entry,
                    Map.of(),
                    Map.of("r", "print" + i),
                    "policy",
                    "code",
                    Instant.EPOCH));
        }
        return entries;
    }
}
