package dev.tideline.alerts.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.alerts.rule.Health;
import dev.tideline.operations.FeedHealth;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** The views of the pipeline give the numbers that {@code status} and {@code /v1/status} print. */
class HealthRowsTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final LocalDate TODAY = LocalDate.parse("2026-11-25");
    private static final FeedHealth HEALTH = new FeedHealth(
            "clicks",
            "ad-clicks",
            Optional.empty(),
            List.of(stream("archive", 7, Optional.of(NOW.minusMillis(2500)), Optional.of(12L)), stream("speed", 0)),
            new FeedHealth.Coverage(0, 0, 0),
            Optional.empty(),
            List.of(day(TODAY.minusDays(2), Optional.of("g")), day(TODAY.minusDays(1), Optional.empty())),
            FeedHealth.Older.NONE,
            List.of(TODAY.minusDays(1)));

    @Test
    void giveAStreamThatHasRecordedSomethingARow() {
        List<Row> rows = HealthRows.streams(HEALTH, NOW);

        assertThat(rows).hasSize(1);
        FeedHealth.StreamHealth archive = HEALTH.streams().get(0);
        assertThat(rows.get(0).size()).isEqualTo(Health.STREAMS.size());
        assertThat(values(rows.get(0)))
                .containsExactly(
                        "clicks",
                        "archive",
                        archive.seq(),
                        Timestamp.from(archive.recordedAt().orElseThrow()),
                        2.5,
                        archive.lag().orElseThrow(),
                        20L,
                        15L,
                        5L,
                        archive.rejectedRatio());
    }

    @Test
    void giveALagThatKafkaDidNotSayAsNull() {
        FeedHealth silent = new FeedHealth(
                "clicks",
                "ad-clicks",
                Optional.of("no broker"),
                List.of(stream("archive", 7, Optional.of(NOW), Optional.empty())),
                HEALTH.coverage(),
                Optional.empty(),
                List.of(),
                FeedHealth.Older.NONE,
                List.of());

        assertThat(HealthRows.streams(silent, NOW).get(0).isNullAt(5)).isTrue();
    }

    @Test
    void giveEveryDayARow() {
        List<Row> rows = HealthRows.days(HEALTH, TODAY);

        assertThat(rows).allSatisfy(row -> assertThat(row.size()).isEqualTo(Health.DAYS.size()));
        assertThat(values(rows.get(0)))
                .containsExactly("clicks", Date.valueOf(TODAY.minusDays(2)), false, "g", 3L, false, true, 2);
        assertThat(values(rows.get(1)))
                .containsExactly("clicks", Date.valueOf(TODAY.minusDays(1)), true, null, 3L, false, true, 1);
    }

    private static List<Object> values(Row row) {
        return IntStream.range(0, row.size()).mapToObj(row::get).toList();
    }

    private static FeedHealth.StreamHealth stream(String name, long seq) {
        return stream(name, seq, Optional.empty(), Optional.of(3L));
    }

    private static FeedHealth.StreamHealth stream(
            String name, long seq, Optional<Instant> recordedAt, Optional<Long> lag) {
        return new FeedHealth.StreamHealth(
                name,
                seq,
                Optional.of("host:1"),
                recordedAt,
                recordedAt,
                Optional.of(2L),
                lag,
                Map.of("consumed", 20L, "accepted", 15L, "rejected", 5L),
                List.of(),
                "policy");
    }

    private static FeedHealth.DayHealth day(LocalDate date, Optional<String> generation) {
        return new FeedHealth.DayHealth(
                date,
                generation,
                Optional.of(3L),
                Optional.empty(),
                List.of(),
                0,
                0,
                0,
                false,
                true,
                List.of(),
                Map.of());
    }
}
