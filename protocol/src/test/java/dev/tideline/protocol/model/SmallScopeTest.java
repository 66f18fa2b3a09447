package dev.tideline.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Intents;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.protocol.model.Driver.Stream;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The protocol, exhaustively: every interleaving of the processes of a scope, with free batch boundaries and crashes, on two
 * partitions and up to four copies of events. Laws 1 and 4 are checked in every world, law 1 also for readers that resolve in
 * steps, law 2 wherever nothing is left to do. Law 3 is that scopes hold two of a process, or one that crashes and runs again.
 *
 * <p>A scope leaves things out so that it can be finished: {@code -Dtideline.long=true} explores the wider ones too.
 *
 * <p>And the other way round: with one rule of docs/PROTOCOL.md switched off, the checker finds a broken law and prints a shortest way
 * there. The same scope is explored with all rules on as well, so it is this rule that the scope cannot do without.
 */
class SmallScopeTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final LocalDate NEXT_DAY = DAY.plusDays(1);
    private static final SourcePartition P0 = new SourcePartition("clicks", "t1", 0);
    private static final SourcePartition P1 = new SourcePartition("clicks", "t1", 1);

    private static final Event FIRST = new Event(P0, 0, DAY, "a", 5, 0);
    private static final Event SAME_ELSEWHERE = new Event(P1, 0, DAY, "a", 4, 1);
    private static final Event OTHER = new Event(P1, 1, DAY, "b", 6, 2);
    private static final Event SAME_BEHIND = new Event(P0, 1, DAY, "a", 3, 3);
    private static final Event SAME_ID_NEXT_DAY = new Event(P1, 1, NEXT_DAY, "a", 6, 4);

    private static final List<Event> PAIR = List.of(FIRST, SAME_ELSEWHERE);
    private static final List<Event> PAIR_AND_ONE = List.of(FIRST, SAME_ELSEWHERE, OTHER);
    private static final List<Event> PAIR_ON_ONE_PARTITION =
            List.of(FIRST, SAME_BEHIND, new Event(P1, 0, DAY, "b", 6, 2));
    private static final List<Event> THREE_OF_A_KIND = List.of(FIRST, SAME_ELSEWHERE, SAME_BEHIND);
    private static final List<Event> TWO_DAYS = List.of(FIRST, SAME_ELSEWHERE, SAME_ID_NEXT_DAY);
    private static final List<Event> A_ROW_OF_THREE =
            List.of(FIRST, new Event(P0, 1, DAY, "b", 6, 1), new Event(P0, 2, DAY, "c", 7, 2));
    private static final List<Event> FOUR = List.of(FIRST, SAME_ELSEWHERE, OTHER, SAME_BEHIND);

    /** What scopes with all rules on came to: many rules are switched off in the same scope. */
    private static final Map<Scope, Explorer.Report> EXPLORED = new HashMap<>();

    private static long total;
    private String name = "";
    private int intents = Intents.NONE.limit();

    @BeforeEach
    void name(TestInfo info) {
        name = info.getTestMethod().orElseThrow().getName();
    }

    @AfterAll
    static void sum() {
        System.out.printf("all scopes: %,d states%n", total);
    }

    // Scopes in which every law holds

    @Test
    void twoSpeedDriversThatCrashBesideAnArchiveDriver() {
        holds(PAIR_AND_ONE, speed(1, 2), speed(2, 1), archive(1, 1));
        holds(PAIR, speed(1, 2), speed(2, 2), archive(1, 1), cleanUp());
    }

    @Test
    void twoArchiveDriversThatCrashBesideARecompute() {
        holds(PAIR, speed(), archive(1, 2), archive(2, 1), recompute(1));
    }

    @Test
    void twoRecomputesBesideASpeedDriverInSteps() {
        holds(PAIR_AND_ONE, speed(1, 1), archive(), recompute(1), recompute(2));
        holds(PAIR_ON_ONE_PARTITION, speed(1, 1), archive(), recompute(1), recompute(2));
        holds(THREE_OF_A_KIND, speed(1, 1), archive(), recompute(1), recompute(2));
        holds(TWO_DAYS, speed(1, 1), archive(), recompute(1), recompute(2, NEXT_DAY));
    }

    @Test
    void twoRecomputesAndARollbackAndItsReleaseAndAPrune() {
        holds(PAIR, speed(), archive(), recompute(1), recompute(2), rollback(1), rollback(2), prune(1));
    }

    @Test
    void aReaderWhileARecomputePublishesAndAPruneDeletes() {
        holds(PAIR_AND_ONE, speed(), archive(), recompute(1), prune(1), reader());
    }

    @Test
    void aReaderWhileAFoldRewritesBesideTwoSpeedDrivers() {
        holds(PAIR, speed(1, 1), speed(2, 1), archive(), fold(1), reader());
    }

    @Test
    void twoFoldsAndARecompute() {
        holds(PAIR_AND_ONE, speed(), archiveOfAll(), recompute(1), fold(1), fold(2));
        holds(PAIR, speed(), archive(), recompute(1), fold(1), fold(2));
    }

    @Test
    void aFoldAndTwoRecomputesAndARollback() {
        holds(PAIR, speed(), archive(), recompute(1), recompute(2), rollback(1), fold(1));
    }

    /** With one intent kept, too few for two recomputes at once: safe all the same. */
    @Test
    void twoRecomputesAndAFoldThatForgetsTheOlderIntent() {
        intents = 1;
        holds(A_ROW_OF_THREE, speed(), archiveOfAll(), recompute(1), recompute(2), fold(1));
    }

    /** Only a fold while the day is rolled back can meet a kept horizon that is not the published one. */
    @Test
    void aFoldWhileReadersAreSentBackAndForth() {
        holds(A_ROW_OF_THREE, speed(), archiveOfAll(), recompute(1), recompute(2), rollback(1), rollback(2), fold(1));
    }

    @Test
    void aFoldAndAPruneAndARecomputeAndAReader() {
        holds(PAIR, speed(), archive(), recompute(1), fold(1), prune(1), reader());
    }

    @Test
    void aFoldAndACleanUpBesideSpeedDriversThatCrash() {
        holds(PAIR, speed(1, 2), speed(2, 1), archive(), fold(1), cleanUp());
    }

    @Test
    void aSealBesideRecomputesAndACatchUp() {
        holds(PAIR, speed(), archive(), recompute(1), recompute(2), seal(), catchUp(1));
    }

    @Test
    void twoCatchUpsBesideADriver() {
        holds(PAIR_AND_ONE, speed(1, 1), archive(), catchUp(1), catchUp(2));
    }

    @Test
    @Tag("lane-c")
    void twoRecomputesBesideAPruneAndAReaderOrARollback() {
        holds(PAIR, speed(), archive(), recompute(1), recompute(2), prune(1), reader());
        holds(PAIR_AND_ONE, speed(), archive(), recompute(1), recompute(2), rollback(1), prune(1));
    }

    @Test
    @EnabledIfSystemProperty(named = "tideline.long", matches = "true")
    void widerAroundRecomputes() {
        holds(PAIR_AND_ONE, speed(), archive(), recompute(1), recompute(2), seal(), catchUp(1));
        holds(TWO_DAYS, speed(1, 1), archive(), recompute(1), recompute(2, NEXT_DAY), reader());
        holds(FOUR, speed(1, 1), archive(), recompute(1), recompute(2));
    }

    @Test
    @EnabledIfSystemProperty(named = "tideline.long", matches = "true")
    void widerAroundFolds() {
        holds(PAIR_AND_ONE, speed(), archive(), recompute(1), fold(1), fold(2));
        holds(PAIR_AND_ONE, speed(1, 1), speed(2, 1), archiveOfAll(), fold(1), cleanUp());
        holds(PAIR_AND_ONE, speed(), archiveOfAll(), recompute(1), recompute(2), rollback(1), fold(1), fold(2));
        holds(PAIR, speed(), archive(), recompute(1), recompute(2), rollback(1), fold(1), prune(1), seal());
        holds(PAIR, speed(), archiveOfAll(), recompute(1), recompute(2), fold(1), prune(1), reader());
    }

    // One rule switched off

    @Test
    void withoutCompareAndSetTwoRecordsOfOneSeqStand() {
        breaks(Lapse.BOTH_RECORDS_STAND, "law", PAIR, speed(1, 1), speed(2, 1));
    }

    @Test
    void withoutReadingBackTheLoserGoesOnFromACutThatIsNotInTheLedger() {
        breaks(Lapse.RECORD_IS_NOT_READ_BACK, "law", PAIR_AND_ONE, speed(1, 1), speed(2, 1));
    }

    @Test
    void withoutChecksAfterALostRaceAPublishLandsBelowAFold() {
        breaks(Lapse.ENTRY_IS_APPENDED_UNCHECKED, "law 1", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void aRetryUnderTheSameRunCountsTheFailedRowsToo() {
        breaks(Lapse.RETRIES_UNDER_THE_SAME_RUN, "law 1", PAIR, speed(1, 2));
    }

    /** Readers then take from each partition what lies beyond its boundary; the law that is left says how often an event may count at most. */
    @Test
    void withABoundaryForEachPartitionAPairRemovedInOneMicroBatchCountsTwice() {
        breaks(Lapse.HORIZON_FOR_EACH_PARTITION, "counts 2 times", PAIR, speed(), archive(), recompute(1));
    }

    @Test
    void aHorizonAheadOfTheArchiveLosesWhatIsNotInRaw() {
        breaks(Lapse.HORIZON_IS_NOT_COVERED, "law 1", PAIR, speed(), archive(), recompute(1));
    }

    @Test
    void aPartitionUnknownToTheArchiveCountsAsUncovered() {
        breaks(Lapse.UNKNOWN_PARTITION_IS_COVERED, "law 1", PAIR, speed(), archive(), recompute(1));
    }

    @Test
    void aHorizonThatWasNeverRecordedLeavesTheNextMicroBatchCountedTwice() {
        breaks(Lapse.HORIZON_IS_NOT_RECORDED, "law 1", PAIR, speed(), archive(), recompute(1));
    }

    @Test
    void aRecomputeThatReadsRawBeforeProgressMissesWhatCameBetween() {
        breaks(Lapse.RECOMPUTE_READS_RAW_BEFORE_PROGRESS, "law 1", PAIR, speed(), archive(), recompute(1));
    }

    @Test
    void aReaderThatDoesNotReadDaysAgainMissesAFold() {
        breaks(Lapse.READER_DOES_NOT_READ_DAYS_AGAIN, "law 1", PAIR, speed(), archive(), fold(1), reader());
    }

    @Test
    void aReaderThatDoesNotReadDaysAgainMissesAPrune() {
        breaks(
                Lapse.READER_DOES_NOT_READ_DAYS_AGAIN,
                "law 1",
                PAIR,
                speed(),
                archive(),
                recompute(1),
                prune(1),
                reader());
    }

    @Test
    void aReaderThatPinsTheSpeedTableBeforeProgressMissesRecordedRows() {
        breaks(Lapse.READER_PINS_SPEED_BEFORE_PROGRESS, "law 1", PAIR, speed(1, 1), reader());
    }

    @Test
    void aReaderThatPinsTheBatchTableBeforeDaysMissesAGeneration() {
        breaks(Lapse.READER_PINS_BATCH_BEFORE_DAYS, "law 1", PAIR, speed(), archive(), recompute(1), reader());
    }

    @Test
    void aPublishBelowTheHorizonMissesPrunedSpeedRows() {
        breaks(
                Lapse.PUBLISHES_BELOW_THE_HORIZON,
                "law 1",
                PAIR,
                speed(),
                archive(),
                recompute(1),
                recompute(2),
                prune(1));
    }

    @Test
    void aPublishInsideAFoldCountsTheFoldedRowsTwice() {
        breaks(
                EnumSet.of(Lapse.PUBLISHES_INSIDE_A_FOLD, Lapse.FOLDS_ACROSS_AN_INTENT),
                "law 1",
                PAIR,
                speed(),
                archive(),
                recompute(1),
                fold(1));
    }

    /** A day keeps so many intents; one that is older than those is not respected by a fold, so the publish must look. */
    @Test
    void aPublishWhoseIntentIsForgottenCountsTheFoldedRowsTwice() {
        intents = 1;
        breaks(Lapse.PUBLISHES_INSIDE_A_FOLD, "law 1", PAIR, speed(), archive(), recompute(1), recompute(2), fold(1));
    }

    @Test
    void aRecomputeThatSaysNothingIsRefusedByAFoldThatCameMeanwhile() {
        breaks(Lapse.INTENDS_NOTHING, "liveness", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void aFoldAcrossAnIntentIsTheRecomputesWorkForNothing() {
        breaks(Lapse.FOLDS_ACROSS_AN_INTENT, "liveness", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void anIntentInsideAFoldIsTheRecomputesWorkForNothing() {
        breaks(Lapse.INTENDS_INSIDE_A_FOLD, "liveness", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void aPublishOfARetiredGenerationShowsDeletedRows() {
        breaks(Lapse.PUBLISHES_WHAT_WAS_RETIRED, "law 1", PAIR, speed(), archive(), recompute(1), prune(1));
    }

    @Test
    void aPublishOfASealedDayMissesDroppedRawRows() {
        breaks(Lapse.PUBLISHES_A_SEALED_DAY, "law 1", PAIR, speed(), archive(), recompute(1), recompute(2), seal());
    }

    @Test
    void aFoldBeforeItsEntryHidesRowsFromAReaderThatCannotKnow() {
        breaks(Lapse.FOLDS_BEFORE_ANNOUNCING, "law 1", PAIR, speed(), archive(), fold(1), reader());
    }

    @Test
    void aFoldBeforeItsEntryLetsAPublishLandBelowIt() {
        breaks(Lapse.FOLDS_BEFORE_ANNOUNCING, "law 1", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void aFoldAcrossAHorizonShowsSettledRowsAgain() {
        breaks(Lapse.FOLDS_ACROSS_HORIZONS, "law 1", PAIR, speed(), archive(), recompute(1), fold(1));
    }

    @Test
    void aFoldAcrossAKeptHorizonShowsSettledRowsAgainAfterARollback() {
        breaks(
                Lapse.FOLDS_ACROSS_A_KEPT_HORIZON,
                "law 1",
                A_ROW_OF_THREE,
                speed(),
                archiveOfAll(),
                recompute(1),
                recompute(2),
                rollback(1),
                rollback(2),
                fold(1));
    }

    @Test
    void aFoldInTwoCommitsHidesRowsInBetween() {
        breaks(Lapse.FOLDS_IN_TWO_COMMITS, "law 1", PAIR, speed(), archive(), fold(1));
    }

    @Test
    void aLateRewriteWithoutATransactionBringsFoldedRowsBack() {
        breaks(Lapse.FOLDS_WITHOUT_A_TRANSACTION, "law 1", PAIR, speed(), archive(), fold(1), fold(2));
    }

    /** No law can break: what is folded has a higher seq than any horizon that the archive covers, so a publish below it is refused. */
    @Test
    void aFoldBeyondTheArchiveOnlyKeepsPublishesWaiting() {
        breaksNothing(Lapse.FOLDS_BEYOND_THE_ARCHIVE, PAIR, speed(), archive(), recompute(1), fold(1), reader());
    }

    @Test
    void aDeleteBeforeItsEntryMeetsAPublish() {
        breaks(Lapse.DELETES_BEFORE_ANNOUNCING, "law 1", PAIR, speed(), archive(), recompute(1), prune(1));
    }

    @Test
    void aRollbackToARetiredGenerationMissesDeletedRows() {
        breaks(
                Lapse.ROLLS_BACK_TO_WHAT_WAS_RETIRED,
                "law 1",
                PAIR,
                speed(),
                archive(),
                recompute(1),
                rollback(1),
                prune(1));
    }

    /** A floor is the least horizon that is kept, and what lies below it is retired already: the check is a second lock on one door. */
    @Test
    void aRollbackBelowTheFloorCannotHappen() {
        breaksNothing(
                Lapse.ROLLS_BACK_BELOW_THE_FLOOR,
                PAIR,
                speed(),
                archive(),
                recompute(1),
                recompute(2),
                rollback(1),
                prune(1));
    }

    @Test
    void aPruneByAgeDeletesRowsThatNoGenerationHolds() {
        breaks(Lapse.PRUNES_BY_AGE, "law 1", PAIR, speed(), archive(), recompute(1), prune(1));
    }

    @Test
    void aSealThatDropsRawBeyondTheHorizonTakesItFromACatchUp() {
        breaks(Lapse.DROPS_RAW_BEYOND_THE_HORIZON, "law 1", PAIR, speed(), archive(), recompute(1), seal(), catchUp(1));
    }

    @Test
    void aSealThatDropsRawBeforeItsEntryLetsARecomputePublishWithoutIt() {
        breaks(Lapse.DROPS_RAW_BEFORE_SEALING, "law 1", PAIR, speed(), archive(), recompute(1), recompute(2), seal());
    }

    @Test
    void aCatchUpFromAnArchiveBehindOnOnePartitionReadsThatOneTwice() {
        breaks(Lapse.CATCHES_UP_WITH_AN_ARCHIVE_BEHIND, "law 4", PAIR_AND_ONE, speed(), archive(), catchUp(1));
    }

    @Test
    void aPublishOfAHeldDayUndoesTheRollback() {
        breaks(
                Lapse.PUBLISHES_A_HELD_DAY,
                "rule 10",
                PAIR,
                speed(),
                archiveOfAll(),
                recompute(1),
                recompute(2),
                recompute(3),
                rollback(1));
    }

    // Harness

    @SafeVarargs
    @SuppressWarnings("varargs")
    private void breaks(Lapse lapse, String law, List<Event> log, Actor<Bag>... actors) {
        breaks(EnumSet.of(lapse), law, log, actors);
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private void breaks(Set<Lapse> lapses, String law, List<Event> log, Actor<Bag>... actors) {
        Explorer.Report report = explore(log, lapses, law.equals("liveness"), List.of(actors));
        assertThat(report.violation()).as("what comes of " + lapses).isPresent();
        System.out.println(report.violation().get());
        assertThat(report.violation().get()).contains(law);
        holds(log, actors);
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private void breaksNothing(Lapse lapse, List<Event> log, Actor<Bag>... actors) {
        assertThat(explore(log, EnumSet.of(lapse), true, List.of(actors)).violation())
                .isEmpty();
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private void holds(List<Event> log, Actor<Bag>... actors) {
        Explorer.Report report = EXPLORED.computeIfAbsent(
                new Scope(log, List.of(actors), intents),
                scope -> explore(scope.log(), Set.of(), true, scope.actors()));
        assertThat(report.violation()).isEmpty();
    }

    /** What is explored: two of the same events and actors have the same worlds. */
    private record Scope(List<Event> log, List<Actor<Bag>> actors, int intents) {}

    private Explorer.Report explore(
            List<Event> log, Set<Lapse> lapses, boolean judgesRefusals, List<Actor<Bag>> actors) {
        long start = System.nanoTime();
        Set<Lapse> left = new HashSet<>(lapses);
        if (actors.stream().noneMatch(Fold.class::isInstance)) {
            left.add(Lapse.INTENDS_NOTHING); // only a fold looks at an intent, and each more entry doubles a scope
        }
        World<Bag> world = new World<>(Bag.AGGREGATION, left, Kafka.of(log), actors);
        world.intents = intents;
        world.judgesRefusals = judgesRefusals;
        Explorer.Report report = new Explorer<>(world).explore();
        total += report.states();
        System.out.printf(
                "%s: %,d states, at most %d steps, %.1f s%n",
                name, report.states(), report.steps(), (System.nanoTime() - start) / 1e9);
        return report;
    }

    private static Actor<Bag> speed(int n, int starts) {
        return Driver.of("speed-" + n, Stream.SPEED, starts);
    }

    private static Actor<Bag> speed() {
        return new AtOnce<>(Driver.of("speed", Stream.SPEED, 1));
    }

    private static Actor<Bag> archive(int n, int starts) {
        return Driver.of("archive-" + n, Stream.ARCHIVE, starts);
    }

    private static Actor<Bag> archive() {
        return new AtOnce<>(Driver.of("archive", Stream.ARCHIVE, 1));
    }

    /** An archive so quick that it takes the whole log in its first micro-batch. */
    private static Actor<Bag> archiveOfAll() {
        return new Whole<>(archive());
    }

    private static Actor<Bag> recompute(int n) {
        return recompute(n, DAY);
    }

    private static Actor<Bag> recompute(int n, LocalDate day) {
        return Recompute.of("recompute-" + n, day);
    }

    private static Actor<Bag> rollback(int n) {
        return Rollback.of("rollback-" + n, DAY);
    }

    private static Actor<Bag> fold(int n) {
        return Fold.of("fold-" + n, DAY);
    }

    private static Actor<Bag> prune(int n) {
        return Prune.of("prune-" + n, DAY);
    }

    private static Actor<Bag> seal() {
        return Seal.of("seal", DAY);
    }

    private static Actor<Bag> cleanUp() {
        return CleanUp.of("clean-up");
    }

    private static Actor<Bag> catchUp(int n) {
        return CatchUp.of("catch-up-" + n);
    }

    private static Actor<Bag> reader() {
        return Reader.of("reader");
    }
}
