package dev.tideline.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.batch.Recompute;
import dev.tideline.batch.Rollback;
import dev.tideline.batch.Upkeep;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.FeedTables;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.DayLedger;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Verification;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.streaming.MicroBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a day's raw rows beyond their retention. */
@Tag("lane-b")
class UpkeepIT {
    private static final LocalDate OLD = LocalDate.now(ZoneOffset.UTC).minusDays(9);
    private static final Feed FEED = FeedFile.parse("sales.yaml", """
            feed: sales
            topic: sales
            schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            accept: { late: 30d }
            rollups: { sales: { dimensions: [], measures: { n: count() } } }
            """);
    private static final Duration KEEP = Duration.ofDays(2);

    @TempDir
    Path dir;

    private final FakeTopic topic = new FakeTopic("sales");
    private final List<String> said = new ArrayList<>();

    @Test
    void aDayIsSealedByNoClockThatIsAheadAndNotWhileItIsDirtyOrHeld() {
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
        FeedTables.create(lake, FEED);
        MicroBatch speed = MicroBatch.run(lake, FEED, Stream.SPEED);
        MicroBatch archive = MicroBatch.run(lake, FEED, Stream.ARCHIVE);
        Instant now = Instant.now();
        send("a", OLD.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC), now);
        send("b", now, now);
        topic.drain(lake.spark(), speed);
        topic.drain(lake.spark(), archive);
        String first = Recompute.run(lake, FEED, OLD, now).generation();
        Upkeep upkeep = new Upkeep(lake, FEED, said::add);

        upkeep.retire(KEEP, now.plus(Duration.ofDays(30)), Set.of());
        assertThat(said.get(0)).startsWith("sales: nothing is sealed, since");
        upkeep.retire(KEEP, now, Set.of(OLD));
        assertThat(said).contains("sales " + OLD + ": not sealed, a recompute would change it (recompute --dirty)");
        Recompute.run(lake, FEED, OLD, now.plusSeconds(1));
        Rollback.to(lake, FEED, OLD, first, now);
        upkeep.retire(KEEP, now, Set.of());
        assertThat(lake.days().day("sales", OLD).sealed()).isFalse();
        Rollback.release(lake, FEED, OLD, now);

        upkeep.retire(KEEP, now, Set.of());
        assertThat(lake.days().day("sales", OLD).sealed()).isTrue();
        assertThat(said).contains("sales " + OLD + ": sealed, its raw rows below the horizon are gone");
        assertThat(lake.raw(FEED).read().count()).isEqualTo(1);
    }

    @Test
    void rejectedRecordsGoWhenTheyAreAsOldAsRawRowsBecome() throws Exception {
        Feed brief = FeedFile.parse("sales.yaml", FEED.source() + "retention: { raw: 1s }\n");
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
        FeedTables.create(lake, brief);
        MicroBatch archive = MicroBatch.run(lake, brief, Stream.ARCHIVE);
        Instant now = Instant.now();
        for (int i = 0; i < 3; i++) {
            topic.send(0, now, "not JSON", null);
            topic.drain(lake.spark(), archive);
        }
        long kept = lake.progress(brief, Stream.ARCHIVE).olderThan(Duration.ofDays(1));
        Thread.sleep(1_100);
        topic.send(0, now, "not JSON either", null);
        topic.drain(lake.spark(), archive);
        assertThat(kept).isZero();
        assertThat(lake.progress(brief, Stream.ARCHIVE).olderThan(Duration.ofSeconds(1)))
                .isEqualTo(3);
        lake.rejected().compact();
        assertThat(lake.rejected().read().inputFiles()).hasSize(1);

        new Upkeep(lake, brief, said::add).retire(KEEP, now, Set.of());

        assertThat(lake.rejected().read().select("seq").collectAsList())
                .extracting(row -> row.getLong(0))
                .containsExactly(4L);
        assertThat(Verification.of(lake, brief, Verification.Scope.ALL, said::add)
                        .findings())
                .isEmpty();
    }

    /** However many such days there are. */
    @Test
    void aDayOfWhichNothingIsLeftToDeleteTakesNoJob() {
        Lake lake = Lake.at(SharedSpark.session(), dir.resolve("lake").toString());
        FeedTables.create(lake, FEED);
        Instant now = Instant.now();
        for (int ago = 20; ago < 23; ago++) {
            LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(ago);
            Day known = Day.NEW;
            for (DayEntry entry : List.of(
                    new DayEntry.Published("g-" + ago, new Horizon(40 - ago, Cut.NOTHING)),
                    new DayEntry.Retired(List.of("g-before"), 40 - ago),
                    new DayEntry.Sealed())) {
                assertThat(lake.days()
                                .append(DayLedger.entry(
                                        "sales", day, known, entry, Map.of(), Map.of(), FEED.policy(), "", now)))
                        .isTrue();
                known = entry.applyTo(known);
            }
        }
        Upkeep upkeep = new Upkeep(lake, FEED, said::add);
        upkeep.retire(KEEP, now, Set.of()); // asks for the files of each table once

        lake.spark().sparkContext().setJobGroup("upkeep", "upkeep", false);
        upkeep.retire(KEEP, now, Set.of());
        lake.spark().sparkContext().clearJobGroup();

        assertThat(lake.spark().sparkContext().statusTracker().getJobIdsForGroup("upkeep"))
                .isEmpty();
        assertThat(said).isEmpty();
    }

    private void send(String id, Instant at, Instant timestamp) {
        String payload = "{\"id\":\"%s\",\"at\":\"%s\"}".formatted(id, at);
        topic.send(0, timestamp, payload, new Sample(id, at, Map.of()));
    }
}
