package dev.tideline.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Intents;
import dev.tideline.protocol.Seqs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A day is published again and again, though micro-batches and folds never end: over seqs without a limit, in which only their
 * order counts, no cycle of steps holds a publish that is refused by a fold and none that stands. Superseded generations leave at once.
 */
class LivenessTest {
    /**
     * What the processes of one day know, by seqs.
     *
     * @param covered the latest recorded cut that the archive covers
     * @param picked for each recompute the horizon that it read from the ledgers, 0 for none
     * @param begun for each recompute the horizon that it works at, 0 for none
     * @param folding for each fold the cut that it read, 0 for none
     */
    private record State(Day day, long covered, List<Long> picked, List<Long> begun, List<Long> folding) {
        static State first(int intents, int recomputes, int folds) {
            return new State(
                    settled(new Intents(intents, List.of()), 0, List.of()),
                    1,
                    zeros(recomputes),
                    zeros(recomputes),
                    zeros(folds));
        }

        /** The same in which each seq is its rank. */
        State ranked() {
            TreeSet<Long> seqs = new TreeSet<>(List.of(0L, covered, settledTo()));
            seqs.addAll(picked);
            seqs.addAll(begun);
            seqs.addAll(folding);
            seqs.addAll(day.intents().newest());
            day.folds().forEach(fold -> seqs.addAll(List.of(fold.after(), fold.to())));
            Map<Long, Long> rank = new HashMap<>();
            seqs.forEach(seq -> rank.put(seq, (long) rank.size()));
            List<Seqs> folds = day.folds().stream()
                    .map(fold -> new Seqs(rank.get(fold.after()), rank.get(fold.to())))
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
            Intents intents =
                    new Intents(day.intents().limit(), ranks(day.intents().newest(), rank));
            return new State(
                    settled(intents, rank.get(settledTo()), folds),
                    rank.get(covered),
                    ranks(picked, rank),
                    ranks(begun, rank),
                    ranks(folding, rank));
        }

        long settledTo() {
            return day.horizon().map(Horizon::seq).orElse(0L);
        }

        private static List<Long> ranks(List<Long> seqs, Map<Long, Long> rank) {
            return seqs.stream().map(rank::get).toList();
        }

        private static List<Long> zeros(int count) {
            return java.util.Collections.nCopies(count, 0L);
        }

        /** A day that is published up to {@code seq}, and keeps nothing older. */
        private static Day settled(Intents intents, long seq, List<Seqs> folds) {
            String generation = "current";
            return new Day(
                    0,
                    Optional.of(generation),
                    Map.of(generation, new Horizon(seq, Cut.NOTHING)),
                    Set.of(),
                    folds.stream().mapToLong(Seqs::to).max().orElse(0),
                    folds,
                    intents,
                    seq,
                    false,
                    false,
                    0);
        }

        State with(Day next) {
            return new State(next, covered, picked, begun, folding);
        }

        State picked(int recompute, long seq) {
            return new State(day, covered, set(picked, recompute, seq), begun, folding);
        }

        State begun(int recompute, long seq) {
            return new State(day, covered, picked, set(begun, recompute, seq), folding);
        }

        State folding(int fold, long seq) {
            return new State(day, covered, picked, begun, set(folding, fold, seq));
        }

        private static List<Long> set(List<Long> all, int at, long value) {
            List<Long> next = new ArrayList<>(all);
            next.set(at, value);
            return next;
        }
    }

    private enum Kind {
        MOVE,
        REFUSED,
        PUBLISHED
    }

    private record Step(Kind kind, State to) {}

    @Test
    void aDayThatIsFoldedWithoutEndIsPublishedAgainAndAgain() {
        assertThat(refusedForEver(State.first(1, 1, 2), true)).isFalse();
        assertThat(refusedForEver(State.first(2, 2, 1), true)).isFalse();
    }

    @Test
    void withFewerIntentsThanRecomputesOneMayStarve() {
        assertThat(refusedForEver(State.first(1, 2, 1), true)).isTrue();
    }

    @Test
    void withoutIntentsARecomputeThatOutlastsItsFoldsIsNeverPublished() {
        assertThat(refusedForEver(State.first(1, 1, 1), false)).isTrue();
    }

    private static List<Step> steps(State s, boolean intends) {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step(Kind.MOVE, new State(s.day(), newest(s) + 1, s.picked(), s.begun(), s.folding())));
        for (int i = 0; i < s.picked().size(); i++) {
            if (s.begun().get(i) > 0) {
                steps.add(publish(s, i));
            } else if (s.picked().get(i) > 0) {
                steps.add(new Step(Kind.MOVE, begin(s, i, intends)));
            } else {
                steps.add(new Step(Kind.MOVE, s.picked(i, s.covered())));
            }
        }
        for (int i = 0; i < s.folding().size(); i++) {
            long cut = s.folding().get(i);
            int fold = i;
            steps.add(new Step(
                    Kind.MOVE,
                    cut == 0
                            ? s.folding(i, s.covered())
                            : s.day()
                                    .fold(new Horizon(cut, Cut.NOTHING))
                                    .map(entry -> s.with(entry.applyTo(s.day())).folding(fold, 0))
                                    .orElse(s.folding(fold, 0))));
        }
        return steps;
    }

    private static long newest(State s) {
        return Math.max(s.covered(), s.settledTo());
    }

    /** Says at which horizon it will publish, or reads the ledgers again. */
    private static State begin(State s, int recompute, boolean intends) {
        long seq = s.picked().get(recompute);
        State free = s.picked(recompute, 0);
        if (!intends) {
            return free.begun(recompute, seq);
        }
        return s.day().refusesIntent(new Horizon(seq, Cut.NOTHING)).isPresent()
                ? free
                : free.with(new DayEntry.Intends(seq).applyTo(s.day())).begun(recompute, seq);
    }

    private static Step publish(State s, int recompute) {
        long seq = s.begun().get(recompute);
        State free = s.begun(recompute, 0);
        Horizon horizon = new Horizon(seq, Cut.NOTHING);
        if (s.day().refusesPublish("next", horizon).isPresent()) {
            return new Step(seq < s.settledTo() ? Kind.MOVE : Kind.REFUSED, free);
        }
        Day published = new DayEntry.Published("next", horizon).applyTo(s.day());
        Day pruned = published
                .retire(generation -> true, Set.of())
                .map(entry -> entry.applyTo(published))
                .orElse(published);
        return new Step(Kind.PUBLISHED, free.with(State.settled(pruned.intents(), seq, pruned.folds())));
    }

    /** Whether some cycle holds a refusal and no publish: both ends of a refusal are in one strongly connected part without publishes. */
    private static boolean refusedForEver(State first, boolean intends) {
        Map<State, Integer> index = new HashMap<>();
        List<List<Integer>> next = new ArrayList<>();
        List<int[]> refusals = new ArrayList<>();
        Deque<State> open = new ArrayDeque<>();
        add(first.ranked(), index, next, open);
        while (!open.isEmpty()) {
            State state = open.remove();
            int from = index.get(state);
            for (Step step : steps(state, intends)) {
                int to = add(step.to().ranked(), index, next, open);
                if (step.kind() != Kind.PUBLISHED) {
                    next.get(from).add(to);
                }
                if (step.kind() == Kind.REFUSED) {
                    refusals.add(new int[] {from, to});
                }
            }
        }
        System.out.printf("%,d states, %,d refusals%n", index.size(), refusals.size());
        return refusals.stream().anyMatch(refusal -> reaches(next, refusal[1], refusal[0]));
    }

    private static int add(State state, Map<State, Integer> index, List<List<Integer>> next, Deque<State> open) {
        Integer known = index.get(state);
        if (known != null) {
            return known;
        }
        index.put(state, next.size());
        next.add(new ArrayList<>());
        open.add(state);
        return next.size() - 1;
    }

    private static boolean reaches(List<List<Integer>> next, int from, int to) {
        boolean[] seen = new boolean[next.size()];
        Deque<Integer> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            int at = open.pop();
            if (at == to) {
                return true;
            }
            if (!seen[at]) {
                seen[at] = true;
                open.addAll(next.get(at));
            }
        }
        return false;
    }
}
