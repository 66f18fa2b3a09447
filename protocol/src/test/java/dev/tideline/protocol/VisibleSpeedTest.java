package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VisibleSpeedTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 16);

    @Test
    void fromASeqOnItShowsTheSameRows() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            List<Owners.Span> spans = new ArrayList<>();
            for (long seq = 1; seq <= 20; ) {
                long last = seq + random.nextInt(4);
                spans.add(new Owners.Span("run" + random.nextInt(3), seq, last));
                seq = last + 1 + random.nextInt(2);
            }
            SortedMap<LocalDate, Long> settled = new TreeMap<>();
            for (int day = 0; day < 3; day++) {
                settled.put(DAY.plusDays(day), (long) random.nextInt(22));
            }
            VisibleSpeed whole = new VisibleSpeed(new Owners(spans), settled, Days.allBut(List.of(DAY.plusDays(1))));
            long least = random.nextInt(25);
            VisibleSpeed some = whole.from(least);
            for (long seq = Math.max(1, least); seq < 25; seq++) {
                for (int day = 0; day < 4; day++) {
                    for (int run = 0; run < 3; run++) {
                        assertThat(some.shows(DAY.plusDays(day), seq, "run" + run))
                                .isEqualTo(whole.shows(DAY.plusDays(day), seq, "run" + run));
                    }
                }
            }
            assertThat(some.settledTo()).hasSizeLessThanOrEqualTo(settled.size());
        }
    }

    @Test
    void ofTenYearsTheLastRunsAndDaysAreLeft() {
        List<Owners.Span> spans = new ArrayList<>();
        SortedMap<LocalDate, Long> settled = new TreeMap<>();
        for (int i = 1; i <= 3650; i++) {
            spans.add(new Owners.Span("run" + i, i, i));
            settled.put(DAY.plusDays(i), (long) i);
        }
        VisibleSpeed some = new VisibleSpeed(new Owners(spans), settled, Days.ALL).from(3649);
        assertThat(some.recorded().spans()).hasSize(2);
        assertThat(some.settledTo()).hasSize(2);
    }
}
