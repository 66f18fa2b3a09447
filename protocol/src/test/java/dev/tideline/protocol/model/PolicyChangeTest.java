package dev.tideline.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Policies;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.PolicyChanges;
import dev.tideline.protocol.SourcePartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of streams that are started with other feed files, read the two ledgers, announce and repeat, micro-batches of
 * any size, and crashes at any step: no offset is decoded by two policies. What is decided is the product's code.
 */
class PolicyChangeTest {
    private static final SourcePartition P0 = new SourcePartition("t", "id", 0);
    private static final SourcePartition P1 = new SourcePartition("t", "id", 1);
    private static final Cut END = cut(2, 1);

    private enum Lapse {
        NONE,
        /** A micro-batch ends where it was planned to. */
        SPANS_THE_CUT,
        /** Who has announced goes on without the other ledger: at its own cut. */
        IS_NOT_REPEATED,
        /** A ledger grows between the two readings. */
        READS_THE_ARCHIVE_FIRST,
        /** A stream that lost its record to an announcement writes it once more. */
        DOES_NOT_READ_AGAIN
    }

    /** One object for each value, so that equal ones are the same. */
    private static final class Kept<T> {
        private static final Map<Object, Kept<?>> ALL = new HashMap<>();
        private final T is;

        private Kept(T is) {
            this.is = is;
        }

        @SuppressWarnings("unchecked")
        static <T> Kept<T> of(T value) {
            return (Kept<T>) ALL.computeIfAbsent(value, Kept::new);
        }
    }

    /** The last record of one ledger, and by which policy each offset was decoded. */
    private record Ledger(long seq, String policy, Cut cut, List<PolicyChange> changes, Map<String, String> decoded) {
        Optional<PolicyChanges.Side> side() {
            return seq == 0 ? Optional.empty() : Optional.of(new PolicyChanges.Side(policy, cut, changes));
        }
    }

    private enum Phase {
        OFF,
        READS_FIRST,
        READS_SECOND,
        APPENDS,
        RUNS,
        RECORDS
    }

    /**
     * One process of one stream.
     *
     * @param files with which it may still be started
     * @param starts whether this is the first run of its process, which announces
     * @param where the ledger that it appends to
     */
    private record Process(
            boolean archive,
            List<String> files,
            String file,
            boolean starts,
            Phase phase,
            Optional<Kept<Ledger>> ofArchive,
            Optional<Kept<Ledger>> ofSpeed,
            boolean where,
            Optional<Kept<Ledger>> next,
            Kept<Policies> by) {
        static final Kept<Policies> NO = Kept.of(new Policies("", List.of()));

        static Process of(boolean archive, String... files) {
            return new Process(
                    archive,
                    List.of(files),
                    "",
                    true,
                    Phase.OFF,
                    Optional.empty(),
                    Optional.empty(),
                    archive,
                    Optional.empty(),
                    NO);
        }

        Process off() {
            return new Process(
                    archive,
                    files,
                    "",
                    true,
                    Phase.OFF,
                    Optional.empty(),
                    Optional.empty(),
                    archive,
                    Optional.empty(),
                    NO);
        }

        Process on() {
            return new Process(
                    archive,
                    files.subList(1, files.size()),
                    files.get(0),
                    true,
                    Phase.READS_FIRST,
                    Optional.empty(),
                    Optional.empty(),
                    archive,
                    Optional.empty(),
                    NO);
        }

        Process reads(Phase to, boolean first) {
            return new Process(
                    archive, files, file, first, to, Optional.empty(), Optional.empty(), archive, Optional.empty(), NO);
        }

        Process read(Phase to, boolean what, Kept<Ledger> ledger) {
            return new Process(
                    archive,
                    files,
                    file,
                    starts,
                    to,
                    what ? Optional.of(ledger) : ofArchive,
                    what ? ofSpeed : Optional.of(ledger),
                    archive,
                    Optional.empty(),
                    NO);
        }

        Process appends(Phase to, boolean where, Ledger ledger, Kept<Policies> policies) {
            return new Process(
                    archive,
                    files,
                    file,
                    starts,
                    to,
                    ofArchive,
                    ofSpeed,
                    where,
                    Optional.of(Kept.of(ledger)),
                    policies);
        }

        /** Goes on after {@code last}, its own ledger's. */
        Process runs(Kept<Ledger> last, Kept<Policies> policies) {
            return new Process(
                    archive,
                    files,
                    file,
                    false,
                    Phase.RUNS,
                    archive ? Optional.of(last) : ofArchive,
                    archive ? ofSpeed : Optional.of(last),
                    archive,
                    Optional.empty(),
                    policies);
        }

        PolicyChanges view() {
            return new PolicyChanges(of(true).side(), of(false).side());
        }

        Ledger of(boolean what) {
            return (what ? ofArchive : ofSpeed).orElseThrow().is;
        }

        Ledger own() {
            return of(archive);
        }

        String name() {
            return archive ? "archive" : "speed";
        }
    }

    private record State(Kept<Ledger> archive, Kept<Ledger> speed, List<Process> processes) {
        Kept<Ledger> ledger(boolean ofArchive) {
            return ofArchive ? archive : speed;
        }

        State with(int index, Process process) {
            List<Process> all = new ArrayList<>(processes);
            all.set(index, process);
            return new State(archive, speed, List.copyOf(all));
        }

        State with(boolean toArchive, Kept<Ledger> ledger) {
            return toArchive ? new State(ledger, speed, processes) : new State(archive, ledger, processes);
        }

        /** An offset that the two streams decoded by two policies. */
        Optional<String> twice() {
            Map<String, String> sped = speed.is.decoded;
            return archive.is.decoded.entrySet().stream()
                    .filter(e -> !sped.getOrDefault(e.getKey(), e.getValue()).equals(e.getValue()))
                    .map(e -> e.getKey() + " by " + e.getValue() + " and by " + sped.get(e.getKey()))
                    .findFirst();
        }

        boolean isDone() {
            return archive.is.cut.equals(END) && speed.is.cut.equals(END);
        }

        /** What was done since {@code before}, in words. */
        String since(State before) {
            for (int i = 0; i < processes.size(); i++) {
                Process was = before.processes.get(i);
                if (!was.equals(processes.get(i))) {
                    return "  " + was.name() + " " + i + " " + was.file + " " + was.phase + " -> "
                            + processes.get(i).phase + ", archive " + archive.is + ", speed " + speed.is;
                }
            }
            return "  nothing";
        }
    }

    @Test
    void noOffsetIsDecodedByTwoPolicies() {
        Set<String> ends = new HashSet<>();
        for (Map.Entry<String, List<Process>> scope : scopes().entrySet()) {
            assertThat(explore(scope.getKey(), scope.getValue(), Lapse.NONE, state -> {
                        if (state.isDone()) {
                            ends.add(scope.getKey() + " " + new TreeMap<>(state.archive.is.decoded).values());
                        }
                    }))
                    .as(scope.getKey())
                    .isEmpty();
        }
        assertThat(ends)
                .as("the change comes at once, and later")
                .contains(
                        "the archive first [old, new, new]",
                        "the archive first [old, old, new]",
                        "the speed layer first [old, new, new]",
                        "the speed layer first [old, old, new]",
                        "two files at once [old, a, b]",
                        "an older file comes back [old, new, new]");
    }

    @Test
    void withoutARuleOneIs() {
        for (Lapse lapse : Lapse.values()) {
            if (lapse != Lapse.NONE) {
                assertThat(scopes().entrySet().stream()
                                .map(scope -> explore(scope.getKey(), scope.getValue(), lapse, state -> {}))
                                .flatMap(Optional::stream)
                                .findFirst())
                        .as(lapse.toString())
                        .isPresent();
            }
        }
    }

    private static Map<String, List<Process>> scopes() {
        Map<String, List<Process>> scopes = new LinkedHashMap<>();
        scopes.put("the archive first", List.of(Process.of(true, "old", "new"), Process.of(false, "old")));
        scopes.put("the speed layer first", List.of(Process.of(true, "old"), Process.of(false, "old", "new")));
        scopes.put("two files at once", List.of(Process.of(true, "a"), Process.of(false, "b")));
        scopes.put("two drivers", List.of(Process.of(true, "new"), Process.of(false, "old"), Process.of(false, "new")));
        scopes.put("an older file comes back", List.of(Process.of(true, "new"), Process.of(false, "old", "new")));
        return scopes;
    }

    /** The first state, nearest first, with an offset that was decoded by two policies. */
    private static Optional<String> explore(String name, List<Process> processes, Lapse lapse, Consumer<State> each) {
        Ledger archive = new Ledger(1, "old", cut(1, 0), List.of(), Map.of("0:0", "old"));
        Ledger speed = new Ledger(0, "", Cut.NOTHING, List.of(), Map.of());
        State first = new State(Kept.of(archive), Kept.of(speed), processes);
        Map<State, State> reached = new HashMap<>();
        reached.put(first, first);
        Queue<State> frontier = new ArrayDeque<>(List.of(first));
        while (!frontier.isEmpty()) {
            assertThat(reached.size()).as("states of %s, %s", name, lapse).isLessThan(100_000);
            State state = frontier.poll();
            Optional<String> twice = state.twice();
            if (twice.isPresent()) {
                return Optional.of(twice.get() + trace(state, reached));
            }
            each.accept(state);
            for (int i = 0; i < processes.size(); i++) {
                for (State next : steps(state, i, lapse)) {
                    if (reached.putIfAbsent(next, state) == null) {
                        frontier.add(next);
                    }
                }
            }
        }
        if (lapse == Lapse.NONE) {
            System.out.printf("policies, %s: %,d states%n", name, reached.size());
        }
        return Optional.empty();
    }

    private static String trace(State last, Map<State, State> reached) {
        Deque<String> steps = new ArrayDeque<>();
        for (State state = last; state != reached.get(state); state = reached.get(state)) {
            steps.push(state.since(reached.get(state)));
        }
        return steps.stream().collect(Collectors.joining("\n", "\n", "\n"));
    }

    private static List<State> steps(State state, int index, Lapse lapse) {
        Process p = state.processes.get(index);
        List<State> next = new ArrayList<>();
        if (p.phase != Phase.OFF && !p.files.isEmpty()) {
            next.add(state.with(index, p.off()));
        }
        boolean first = lapse == Lapse.READS_THE_ARCHIVE_FIRST;
        switch (p.phase) {
            case OFF -> {
                if (!p.files.isEmpty()) {
                    next.add(state.with(index, p.on()));
                }
            }
            case READS_FIRST -> next.add(state.with(index, p.read(Phase.READS_SECOND, first, state.ledger(first))));
            case READS_SECOND ->
                next.add(state.with(index, decide(p.read(Phase.READS_SECOND, !first, state.ledger(!first)), lapse)));
            case APPENDS -> {
                State appended = append(state, p);
                boolean said = p.where && appended != state; // once
                next.add(appended.with(index, p.reads(Phase.READS_FIRST, p.starts && !said)));
            }
            case RUNS -> plans(p, lapse, state.processes.size() > 2).forEach(plan -> next.add(state.with(index, plan)));
            case RECORDS -> next.add(record(state, index, p, lapse));
        }
        return next;
    }

    private static Process decide(Process p, Lapse lapse) {
        PolicyChanges view = p.view();
        Optional<PolicyChange> toRepeat = view.toRepeat();
        if (toRepeat.isPresent() && lapse != Lapse.IS_NOT_REPEATED) {
            return p.appends(Phase.APPENDS, false, announced(p, false, toRepeat.get()), Process.NO);
        }
        Optional<PolicyChange> toAnnounce = p.starts ? view.toAnnounce(p.name(), p.file) : Optional.empty();
        if (toAnnounce.isPresent()) {
            return p.appends(Phase.APPENDS, true, announced(p, true, toAnnounce.get()), Process.NO);
        }
        Policies by = view.policies(decodedBy(p));
        if (lapse == Lapse.IS_NOT_REPEATED && toRepeat.isPresent()) {
            PolicyChange change = toRepeat.get();
            by = new Policies(by.first(), List.of(new Policies.Step(change.number(), change.policy(), p.of(true).cut)));
        }
        return p.runs(Kept.of(p.own()), Kept.of(by));
    }

    /** A stream that has recorded nothing decodes as its file says: the other has not either, or has announced. */
    private static String decodedBy(Process p) {
        return p.own().seq == 0 ? p.file : p.own().policy;
    }

    private static Ledger announced(Process p, boolean toArchive, PolicyChange change) {
        PolicyChanges view = p.view();
        Ledger last = p.of(toArchive);
        List<PolicyChange> changes = new ArrayList<>(view.carried(toArchive ? view.archive() : view.speed()));
        changes.add(change);
        String policy = last.side().map(view::policy).orElse(p.of(!toArchive).policy);
        return new Ledger(last.seq + 1, policy, last.cut, List.copyOf(changes), last.decoded);
    }

    /** By compare-and-set. */
    private static State append(State state, Process p) {
        Kept<Ledger> next = p.next.orElseThrow();
        return state.ledger(p.where).is.seq == next.is.seq - 1 ? state.with(p.where, next) : state;
    }

    /** @param whole all that there is only, so that a scope can afford another driver */
    private static List<Process> plans(Process p, Lapse lapse, boolean whole) {
        List<Process> plans = new ArrayList<>();
        Ledger last = p.own();
        for (long a = 0; a <= END.offsets().get(P0); a++) {
            for (long b = 0; b <= END.offsets().get(P1); b++) {
                Cut planned = cut(a, b);
                Cut end = lapse == Lapse.SPANS_THE_CUT ? planned : p.by.is.limit(last.cut.orElse(cut(0, 0)), planned);
                if ((!whole || planned.equals(END))
                        && planned.reaches(last.cut)
                        && !end.equals(last.cut.orElse(cut(0, 0)))) {
                    plans.add(p.appends(Phase.RECORDS, p.archive, decoded(p, last, end), p.by));
                }
            }
        }
        return plans;
    }

    private static Ledger decoded(Process p, Ledger last, Cut end) {
        String policy = p.by.is.at(last.cut.orElse(cut(0, 0)));
        Map<String, String> decoded = new TreeMap<>(last.decoded);
        end.offsets().forEach((partition, to) -> {
            for (long offset = last.cut.offsets().getOrDefault(partition, 0L); offset < to; offset++) {
                decoded.put(partition.partition() + ":" + offset, policy);
            }
        });
        PolicyChanges view = p.view();
        return new Ledger(last.seq + 1, policy, end, view.carried(p.archive ? view.archive() : view.speed()), decoded);
    }

    private static State record(State state, int index, Process p, Lapse lapse) {
        State appended = append(state, p);
        if (appended != state) {
            return appended.with(index, p.runs(p.next.orElseThrow(), p.by));
        }
        Kept<Ledger> stands = state.ledger(p.archive);
        if (!stands.is.cut.equals(p.own().cut)) {
            return state.with(index, p.off()); // another driver's
        }
        return state.with(
                index, lapse == Lapse.DOES_NOT_READ_AGAIN ? p.runs(stands, p.by) : p.reads(Phase.READS_FIRST, false));
    }

    private static Cut cut(long a, long b) {
        return new Cut(Map.of(P0, a, P1, b));
    }
}
