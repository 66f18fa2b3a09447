package dev.tideline.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.ledger.DayRecord;
import dev.tideline.ledger.FeedDays;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
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

/** A day is dirty when the archive holds rows of it that its generation does not. */
class DirtyDaysTest {
    private static final FeedDeclaration FEED = FeedDeclaration.parse("f.yaml", """
            feed: f
            topic: t
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups: { by_id: { dimensions: [ id ], measures: { n: count() } } }
            """);
    private static final String PRINT = FEED.rollups().get(0).fingerprint();
    private static final LocalDate DAY = LocalDate.parse("2026-11-23");
    private static final LocalDate TODAY = DAY.plusDays(1);
    private static final Instant NOW = Instant.parse("2026-11-24T04:00:00Z");

    private final List<DayRecord> entries = new ArrayList<>();

    @Test
    void aDayThatWasNeverPublishedIsDirtyOnceItWasTouched() {
        assertThat(dirty(archive(7, Map.of()))).isEmpty();
        assertThat(dirty(archive(7, Map.of(DAY, 7L)))).containsExactly(DAY);
    }

    @Test
    void todayIsNotWorthSettling() {
        assertThat(dirty(archive(7, Map.of(TODAY, 7L)))).isEmpty();
    }

    @Test
    void aPublishedDayIsDirtyWhenALaterRecordTouchedIt() {
        published("g", 70, Map.of("left", 0L, DayRecord.ARCHIVE_SEQ, 7L), PRINT);

        assertThat(dirty(archive(9, Map.of(DAY, 7L)))).isEmpty();
        assertThat(dirty(archive(9, Map.of(DAY, 8L)))).containsExactly(DAY);
    }

    @Test
    void aPublishedDayIsDirtyWhenItsRecomputeLeftRows() {
        published("g", 60, Map.of("left", 2L, DayRecord.ARCHIVE_SEQ, 7L), PRINT);

        assertThat(dirty(archive(7, Map.of(DAY, 7L)))).containsExactly(DAY);
    }

    @Test
    void aDayOfAnOldEntryIsDirtyWhenTheRecordThatTouchedItIsBeyondItsHorizon() {
        published("g", 70, Map.of(), PRINT);

        assertThat(dirty(archive(9, Map.of(DAY, 7L)))).isEmpty();
        assertThat(dirty(archive(9, Map.of(DAY, 8L)))).containsExactly(DAY);
    }

    @Test
    void anOldRecordMayHaveTouchedEveryDayThatIsNotSealed() {
        published("g", 70, Map.of(), PRINT);

        assertThat(dirty(archive(7, Map.of()))).isEmpty();
        assertThat(dirty(archive(8, Map.of()))).containsExactly(DAY);

        append(new DayEntry.Sealed(), Map.of(), "");
        assertThat(dirty(archive(8, Map.of()))).isEmpty();
    }

    @Test
    void aHeldDayIsLeftAlone() {
        published("g", 70, Map.of("left", 0L, DayRecord.ARCHIVE_SEQ, 7L), PRINT);
        published("h", 80, Map.of("left", 0L, DayRecord.ARCHIVE_SEQ, 8L), PRINT);
        append(new DayEntry.RolledBack("g"), Map.of(), "");
        assertThat(dirty(archive(9, Map.of(DAY, 8L)))).isEmpty();

        append(new DayEntry.Released(), Map.of(), "");
        assertThat(dirty(archive(9, Map.of(DAY, 8L)))).containsExactly(DAY);
    }

    @Test
    void aDayWithoutARollupIsDirty() {
        published("g", 70, Map.of("left", 0L, DayRecord.ARCHIVE_SEQ, 7L), "another");

        assertThat(dirty(archive(7, Map.of(DAY, 7L)))).containsExactly(DAY);
    }

    private List<LocalDate> dirty(ProgressRecord archive) {
        return DirtyDays.find(
                FEED,
                FeedDays.of(entries),
                Optional.empty(),
                Optional.of(archive),
                seq -> Optional.of(cut(seq * 10)),
                horizon -> horizon.cut().orElseThrow(),
                FeedHistory.NONE,
                TODAY);
    }

    private void published(String generation, long offset, Map<String, Long> counts, String fingerprint) {
        append(new DayEntry.Published(generation, new Horizon(offset / 10, cut(offset))), counts, fingerprint);
    }

    private void append(DayEntry entry, Map<String, Long> counts, String fingerprint) {
        long number = entries.size() + 1L;
        entries.add(new DayRecord(
                "f", DAY, number, "w" + number, entry, counts, Map.of("by_id", fingerprint), "policy", "code", NOW));
    }

    /** The archive after {@code seq} micro-batches of ten records each. */
    private static ProgressRecord archive(long seq, Map<LocalDate, Long> touched) {
        Progress progress = Progress.NONE;
        for (long i = 1; i <= seq; i++) {
            progress = progress.next("run", progress.cut(), cut(i * 10));
        }
        return new ProgressRecord(progress, Map.of(), "policy", Map.of(), Map.of(), touched, "host:1", NOW, NOW);
    }

    private static Cut cut(long offset) {
        return new Cut(new TreeMap<>(Map.of(new SourcePartition("t", "id", 0), offset)));
    }
}
