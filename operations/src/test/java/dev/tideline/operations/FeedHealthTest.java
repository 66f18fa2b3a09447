package dev.tideline.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.Introduced;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.operations.FeedHealth.Coverage;
import dev.tideline.operations.FeedHealth.DayHealth;
import dev.tideline.operations.FeedHealth.StreamHealth;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.SourcePartition;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeedHealthTest {
    private static final FeedDeclaration FEED = FeedDeclaration.parse("f.yaml", """
            feed: f
            topic: t
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { by_id: { dimensions: [ id ], measures: { n: count() } } }
            """);
    private static final String FINGERPRINT = FEED.rollups().get(0).fingerprint();
    private static final LocalDate MONDAY = LocalDate.parse("2026-11-23");
    private static final LocalDate TUESDAY = MONDAY.plusDays(1);
    private static final LocalDate WEDNESDAY = MONDAY.plusDays(2);
    private static final Instant RECORDED = Instant.parse("2026-11-25T10:00:00Z");
    private static final Coverage COVERED = new Coverage(1, 1, 0);

    @ParameterizedTest(name = "Kafka has [{0}, {1}), read up to {2}: lag {3}")
    @CsvSource({
        "0 0,    10 10,  10 10,  0",
        "0 0,    10 10,   4 10,  6",
        "0 0,     5 10,  10  3,  7", // ahead of an old answer on one partition, which takes nothing from the other's
        // lag
        "0 100,  10 110, 10,    10", // a partition that was never read lags by what Kafka still has of it
        "50 0,   60 10,  10 10, 50",
        "0 0,    10 10,  '',    20",
    })
    void lagsByWhatEachPartitionHasBeyondTheCut(String earliest, String latest, String cut, long lag) {
        Topic topic = new Topic("t", "id", cut(earliest), cut(latest));

        FeedHealth health = health(Optional.of(topic), List.of(record(1, cut(cut), Map.of())), List.of());

        assertThat(health.kafka()).isEmpty();
        assertThat(health.streams().get(0).lag()).contains(lag);
    }

    @Test
    void saysWhyTheLagIsNotKnown() {
        FeedHealth health = health(Optional.empty(), List.of(record(1, cut("5"), Map.of())), List.of());

        assertThat(health.kafka()).contains("silent");
        assertThat(health.streams()).extracting(StreamHealth::lag).containsOnly(Optional.empty());
    }

    @Test
    void sumsCountsOfTheNewestMicroBatchesAndListsGaps() {
        Progress first = Progress.NONE.next("run", Cut.NOTHING, cut("10"));
        Progress afterAGap = first.next("run", cut("15"), cut("20"));

        StreamHealth stream = health(
                        Optional.empty(),
                        List.of(
                                record(first, Map.of("consumed", 10L, "accepted", 9L, "rejected", 1L)),
                                record(afterAGap, Map.of("consumed", 10L, "accepted", 8L, "rejected", 2L))),
                        List.of())
                .streams()
                .get(0);

        assertThat(stream.seq()).isEqualTo(2);
        assertThat(stream.freshnessSeconds()).contains(7L);
        assertThat(stream.recent()).isEqualTo(Map.of("consumed", 20L, "accepted", 17L, "rejected", 3L));
        assertThat(stream.rejectedRatio()).isEqualTo(0.15);
        assertThat(stream.breaks()).containsExactly("gap: t-0 offsets 10 to 14 were not read (seq 2)");
    }

    @Test
    void knowsAStreamThatHasRecordedNothing() {
        StreamHealth stream =
                health(Optional.empty(), List.of(), List.of()).streams().get(0);

        assertThat(stream.seq()).isZero();
        assertThat(stream.recordedAt()).isEmpty();
        assertThat(stream.rejectedRatio()).isZero();
    }

    @Test
    void listsDaysThatHaveEntriesAreDirtyOrLackARollup() {
        List<DayRecord> entries = List.of(
                entry(MONDAY, 1, new DayEntry.Published("old", new Horizon(3, cut("30"))), FINGERPRINT, 7),
                entry(MONDAY, 2, new DayEntry.Published("new", new Horizon(5, cut("50"))), FINGERPRINT, 8),
                entry(MONDAY, 3, new DayEntry.RolledBack("old"), "", 0),
                entry(TUESDAY, 1, new DayEntry.Published("other", new Horizon(5, cut("50"))), "another", 9));

        FeedHealth health = FeedHealth.of(
                FEED,
                new Topics.Answer.Unknown("silent"),
                List.of(),
                List.of(record(1, cut("60"), Map.of())),
                COVERED,
                FeedDays.of(entries),
                FeedHistory.NONE,
                List.of(WEDNESDAY),
                RECORDED.plusSeconds(7),
                MONDAY);

        assertThat(health.dirty()).containsExactly(WEDNESDAY);
        assertThat(health.days()).extracting(DayHealth::day).containsExactly(MONDAY, TUESDAY, WEDNESDAY);
        DayHealth monday = health.days().get(0);
        assertThat(monday.generation()).contains("old");
        assertThat(monday.horizonSeq()).contains(3L);
        assertThat(monday.generations()).containsExactly("old", "new");
        assertThat(monday.events()).isEqualTo(7);
        assertThat(monday.held()).isTrue();
        assertThat(monday.unavailable()).isEmpty();
        assertThat(health.days().get(1).unavailable()).containsExactly("by_id");
        assertThat(health.days().get(2).generation()).isEmpty();
    }

    @Test
    void countsOldDaysThatAreSealedAndListsThoseThatAreNot() {
        List<DayRecord> entries = new ArrayList<>();
        for (int ago = 0; ago < 5; ago++) {
            LocalDate day = WEDNESDAY.minusDays(ago);
            entries.add(entry(day, 1, new DayEntry.Published("g", new Horizon(3, cut("30"))), FINGERPRINT, 7));
            if (ago != 3) {
                entries.add(entry(day, 2, new DayEntry.Sealed(), "", 0));
            }
        }

        FeedHealth health = FeedHealth.of(
                FEED,
                new Topics.Answer.Unknown("silent"),
                List.of(),
                List.of(record(1, cut("60"), Map.of())),
                COVERED,
                FeedDays.of(entries),
                FeedHistory.NONE,
                List.of(),
                RECORDED.plusSeconds(7),
                TUESDAY);

        assertThat(health.days())
                .extracting(DayHealth::day)
                .containsExactly(WEDNESDAY.minusDays(3), TUESDAY, WEDNESDAY);
        assertThat(health.older())
                .isEqualTo(new FeedHealth.Older(2, Optional.of(WEDNESDAY.minusDays(4)), Optional.of(MONDAY)));
    }

    @Test
    void knowsDaysFromBeforeARollupWasIntroduced() {
        ProgressRecord speed = new ProgressRecord(
                Progress.NONE.next("run", Cut.NOTHING, cut("5")),
                Map.of(),
                "policy",
                Map.of("by_id", FINGERPRINT),
                Map.of("by_id", new Introduced(2, List.of(MONDAY))),
                Map.of(),
                "host:1",
                RECORDED,
                RECORDED);

        FeedHealth health = health(Optional.empty(), List.of(), List.of(speed));

        assertThat(health.policies()).isEmpty();
        assertThat(health.days()).singleElement().satisfies(day -> {
            assertThat(day.day()).isEqualTo(MONDAY);
            assertThat(day.unavailable()).containsExactly("by_id");
        });
    }

    @Test
    void saysThatTheStreamsDecodeDifferently() {
        ProgressRecord speed = record(1, cut("5"), Map.of());
        ProgressRecord archive = new ProgressRecord(
                speed.progress(), Map.of(), "other", Map.of(), Map.of(), Map.of(), "host:1", RECORDED, RECORDED);

        assertThat(health(Optional.empty(), List.of(speed), List.of(speed)).policies())
                .isEmpty();
        assertThat(health(Optional.empty(), List.of(archive), List.of(speed)).policies())
                .contains("policies differ: archive decodes by other, speed decodes by policy"
                        + " (start both streams with the same feed file and isolation.level)");
    }

    @Test
    void saysHowFarEachStreamIsFromAChangeOfThePolicy() {
        PolicyChange change = new PolicyChange(1, "policy", "new", "speed", cut("5 1"));
        ProgressRecord archive = record(1, cut("5 1"), change);

        FeedHealth announced = health(Optional.empty(), List.of(archive), List.of(record(2, cut("3 4"), Map.of())));
        assertThat(announced.policies())
                .contains("policy changes from policy to new, with which the speed stream was started"
                        + " (the next run of a stream repeats it in the speed layer's ledger)");

        PolicyChange repeated = new PolicyChange(1, "policy", "new", "speed", cut("3 4"));
        FeedHealth pending = health(Optional.empty(), List.of(archive), List.of(record(2, cut("3 4"), repeated)));
        assertThat(pending.policies())
                .contains("policy changes from policy to new, with which the speed stream was started, at a cut:"
                        + " archive has 3 offsets to read before it, speed has 2 offsets to read before it");
        assertThat(pending.change().orElseThrow().cut()).isEqualTo(Map.of("t-0", 5L, "t-1", 4L));

        FeedHealth past = health(
                Optional.empty(), List.of(record(1, cut("5 4"), change)), List.of(record(2, cut("6 4"), repeated)));
        assertThat(past.policies()).isEmpty();
        assertThat(past.change()).isEmpty();
    }

    private static ProgressRecord record(long seq, Cut cut, PolicyChange change) {
        ProgressRecord record = record(seq, cut, Map.of());
        return new ProgressRecord(
                record.progress(),
                record.counts(),
                record.policy(),
                record.rollups(),
                record.introduced(),
                record.touched(),
                record.driver(),
                record.runStartedAt(),
                record.recordedAt(),
                List.of(change));
    }

    private static FeedHealth health(Optional<Topic> topic, List<ProgressRecord> archive, List<ProgressRecord> speed) {
        Topics.Answer answer =
                topic.<Topics.Answer>map(Topics.Answer.Known::new).orElseGet(() -> new Topics.Answer.Unknown("silent"));
        return FeedHealth.of(
                FEED,
                answer,
                archive,
                speed,
                COVERED,
                FeedDays.NONE,
                FeedHistory.NONE,
                List.of(),
                RECORDED.plusSeconds(7),
                MONDAY);
    }

    /** Offsets of the partitions 0, 1, …. */
    private static Cut cut(String offsets) {
        Map<SourcePartition, Long> cut = new TreeMap<>();
        List<String> each = new ArrayList<>(List.of(offsets.strip().split(" +")));
        each.removeIf(String::isBlank);
        each.forEach(offset -> cut.put(new SourcePartition("t", "id", cut.size()), Long.parseLong(offset)));
        return new Cut(cut);
    }

    private static ProgressRecord record(long seq, Cut cut, Map<String, Long> counts) {
        Progress progress = Progress.NONE;
        for (long i = 0; i < seq; i++) {
            progress = progress.next("run", Cut.NOTHING, cut);
        }
        return record(progress, counts);
    }

    private static ProgressRecord record(Progress progress, Map<String, Long> counts) {
        return new ProgressRecord(
                progress,
                counts,
                "policy",
                Map.of("by_id", FINGERPRINT),
                Map.of(),
                Map.of(),
                "host:1",
                RECORDED.minusSeconds(60),
                RECORDED);
    }

    private static DayRecord entry(LocalDate day, long number, DayEntry entry, String fingerprint, long events) {
        return new DayRecord(
                "f",
                day,
                number,
                "writer" + number,
                entry,
                Map.of("events", events),
                Map.of("by_id", fingerprint),
                "policy",
                "code",
                RECORDED);
    }
}
