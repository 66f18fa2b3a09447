package dev.tideline.alerts.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.alerts.evaluate.Restating.Judged;
import dev.tideline.alerts.evaluate.Restating.Outcome;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each generation of a day that a rule has judged is compared once, and a record does not grow with the sealed days. */
class RestatingTest {
    private static final LocalDate FIRST = LocalDate.parse("2026-11-01");
    private static final Rule RULE =
            RuleFile.parse("test", """
                    groups:
                      - name: g
                        rules:
                          - alert: A
                            expr: SELECT window_start, clicks AS value FROM clicks_by_ad_1m
                            condition: "> 1"
                    """).groups().get(0).rules().get(0);

    private final List<DayRecord> entries = new ArrayList<>();
    private final List<String> restated = new ArrayList<>();
    private AlertRecord record = record(Map.of(), Map.of());

    @Test
    void comparesEachGenerationOnceAndForgetsSealedDays() {
        for (int day = 0; day < 5; day++) {
            publish(day, "a");
            seal(day);
        }
        publish(5, "a");

        assertThat(compared(0, 6)).containsExactly("1 a", "2 a", "3 a", "4 a", "5 a", "6 a");
        assertThat(record.generations()).containsExactly(Map.entry("f/2026-11-06", "a"));
        assertThat(record.sealedThrough()).containsExactly(Map.entry("f", FIRST.plusDays(4)));

        publish(5, "b");
        assertThat(compared(0, 6)).containsExactly("6 b");
    }

    @Test
    void comparesADayThatWasPublishedAndSealedBehindTheOthers() {
        publish(0, "a");
        publish(1, "a");
        seal(1);
        assertThat(compared(0, 6)).containsExactly("1 a", "2 a");
        assertThat(record.sealedThrough()).containsExactly(Map.entry("f", FIRST.plusDays(1)));

        publish(0, "b");
        seal(0);
        assertThat(compared(0, 6)).containsExactly("1 b");
        assertThat(record.generations()).isEmpty();
        assertThat(compared(0, 6)).isEmpty();
    }

    @Test
    void takesDaysThatNoRuleHasJudgedAsTheyAre() {
        publish(0, "a");
        publish(3, "a");

        assertThat(compared(3, 4)).containsExactly("4 a");
        assertThat(record.generations()).containsOnlyKeys("f/2026-11-01", "f/2026-11-04");
    }

    @Test
    void goesOnWithRecordsFromBeforeSealedDaysWereLeftOut() {
        publish(0, "a");
        seal(0);
        publish(1, "a");
        record = record(Map.of("f/2026-11-01", "a", "f/2026-11-02", "a"), null);

        assertThat(compared(0, 6)).isEmpty();
        assertThat(record.generations()).containsOnlyKeys("f/2026-11-02");
    }

    /** The days, counting from 1, and generations that are judged again until nothing is new, where a rule has judged {@code from} to {@code to}. */
    private List<String> compared(int from, int to) {
        restated.clear();
        List<Judged> judged = List.of(new Judged(RULE, start(from), start(to)));
        while (true) {
            Outcome outcome = Restating.compare(
                    record, Map.of("f", FeedDays.of(entries)), judged, (windows, feed, date, generation) -> {
                        restated.add(date.getDayOfMonth() + " " + generation);
                        return new AlertRecord.Restatement(feed, date, generation, start(30), List.of(), List.of());
                    });
            if (!outcome.isNew(record)) {
                return restated;
            }
            record = record(outcome.generations(), outcome.sealedThrough());
        }
    }

    private static Instant start(int day) {
        return FIRST.plusDays(day).atStartOfDay().toInstant(ZoneOffset.UTC);
    }

    private void publish(int day, String generation) {
        append(day, new DayEntry.Published(generation, new Horizon(1, Cut.NOTHING)));
    }

    private void seal(int day) {
        append(day, new DayEntry.Sealed());
    }

    private void append(int day, DayEntry entry) {
        entries.add(new DayRecord(
                "f", FIRST.plusDays(day), entries.size() + 1, "w", entry, Map.of(), Map.of(), "", "", start(day)));
    }

    private static AlertRecord record(Map<String, String> generations, Map<String, LocalDate> sealedThrough) {
        return new AlertRecord(
                1, "w", "d", start(0), 1, List.of(), List.of(), List.of(), List.of(), generations, sealedThrough);
    }
}
