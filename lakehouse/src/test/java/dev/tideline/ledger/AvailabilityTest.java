package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AvailabilityTest {
    private static final LocalDate FIRST = LocalDate.of(2026, 11, 16);

    @Test
    void theSetOfDaysSaysWhatEachDaySays() {
        Random random = new Random(1);
        int lacking = 0;
        for (int i = 0; i < 2_000; i++) {
            Availability availability = any(random);
            for (String fingerprint : List.of("f1", "f2")) {
                Days available = availability.available("sales", fingerprint);
                for (LocalDate day : availability.days()) {
                    assertThat(available.contains(day)).isEqualTo(availability.of("sales", fingerprint, day));
                    lacking += available.contains(day) ? 0 : 1;
                }
                assertThat(available.others()).isEqualTo(availability.computes("sales", fingerprint));
            }
        }
        assertThat(lacking).isGreaterThan(1_000);
    }

    private static Availability any(Random random) {
        Map<LocalDate, Day> days = new TreeMap<>();
        Map<LocalDate, Map<String, String>> published = new TreeMap<>();
        List<LocalDate> earlier = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            LocalDate date = FIRST.plusDays(i);
            if (random.nextBoolean()) {
                Horizon horizon = new Horizon(random.nextInt(8), Cut.NOTHING);
                days.put(date, new DayEntry.Published("g", horizon).applyTo(Day.NEW));
                published.put(date, random.nextInt(4) == 0 ? Map.of() : Map.of("sales", "f" + (1 + random.nextInt(2))));
            }
            if (random.nextBoolean()) {
                earlier.add(date);
            }
        }
        Progress progress = new Progress(7, "run", Cut.NOTHING, Cut.NOTHING, Cut.NOTHING, Owners.NONE);
        ProgressRecord speed = new ProgressRecord(
                progress,
                Map.of(),
                "policy",
                Map.of("sales", "f1"),
                random.nextBoolean() ? Map.of() : Map.of("sales", new Introduced(1 + random.nextInt(8), earlier)),
                Map.of(),
                "host:1",
                Instant.EPOCH,
                Instant.EPOCH);
        return new Availability(
                new Resolution(progress, days),
                random.nextInt(5) == 0 ? Optional.empty() : Optional.of(speed),
                published);
    }
}
