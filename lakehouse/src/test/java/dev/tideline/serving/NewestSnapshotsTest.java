package dev.tideline.serving;

import static dev.tideline.Sales.DAY;
import static dev.tideline.Sales.FEED;
import static dev.tideline.Sales.NOW;
import static dev.tideline.Sales.PARTITION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SmallTables;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law 1 for readers that share a snapshot: what another process has recorded is seen by the next of them. */
@Tag("lane-b")
class NewestSnapshotsTest {
    private static final Cut CUT = new Cut(Map.of(PARTITION, 5L));

    private static SparkSession spark;

    @TempDir
    Path dir;

    private Lake writer;
    private NewestSnapshots snapshots;

    @BeforeAll
    static void session() {
        spark = SmallTables.session();
    }

    @BeforeEach
    void lake() {
        writer = Lake.at(spark, dir.toString());
        FeedTables.create(writer, FEED);
        snapshots = new NewestSnapshots(Lake.at(spark, dir.toString()));
    }

    @Test
    void oneSnapshotAnswersUntilALedgerHasARecord() {
        FeedSnapshot empty = snapshots.of(FEED);
        assertThat(snapshots.of(FEED)).isSameAs(empty);

        record(Stream.SPEED);
        FeedSnapshot speed = snapshots.of(FEED);
        assertThat(speed.resolution().speed().cut()).isEqualTo(CUT);
        assertThat(speed.showsSameRollups(empty)).isFalse();
        assertThat(snapshots.of(FEED)).isSameAs(speed);

        record(Stream.ARCHIVE);
        FeedSnapshot archive = snapshots.of(FEED);
        assertThat(archive.archive().cut()).isEqualTo(CUT);
        assertThat(archive.showsSameRollups(speed)).isTrue();

        assertThat(writer.days()
                        .append(DayLedger.entry(
                                FEED.name(),
                                DAY,
                                Day.NEW,
                                new DayEntry.Published("g1", new Horizon(1, CUT)),
                                Map.of(),
                                Map.of(),
                                "p",
                                "dev",
                                NOW)))
                .isTrue();
        FeedSnapshot published = snapshots.of(FEED);
        assertThat(published.resolution().day(DAY).current()).contains("g1");
        assertThat(published.showsSameRollups(archive)).isFalse();
        assertThat(snapshots.of(FEED)).isSameAs(published);
    }

    @Test
    void rowsThatNobodyRecordedYetAreInNoSnapshot() {
        FeedSnapshot before = snapshots.of(FEED);
        spark.sql("INSERT INTO delta.`" + writer.speed(FEED.rollups().get(0)).path()
                + "` (event_date, seq, run) VALUES (DATE'2026-11-20', 1, 'run-a')");

        FeedSnapshot after = snapshots.of(FEED);

        assertThat(after).isSameAs(before);
    }

    private void record(Stream stream) {
        Progress next = writer.progress(FEED, stream).progress().next("run-a", Cut.NOTHING, CUT);
        assertThat(writer.progress(FEED, stream)
                        .append(new ProgressRecord(
                                next, Map.of(), "p", Map.of(), Map.of(), Map.of(), "host:1", NOW, NOW)))
                .isTrue();
    }
}
