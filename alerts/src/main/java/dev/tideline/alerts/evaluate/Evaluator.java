package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.engine.Instance;
import dev.tideline.alerts.engine.RuleEvaluator;
import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.Windows;
import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.notify.Transition;
import dev.tideline.operations.Completeness;
import dev.tideline.operations.Driver;
import dev.tideline.operations.RunClock;
import dev.tideline.protocol.CannotException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates groups of rules, each at its interval, over one moment of the views for all rules of a group. It starts from what the
 * ledger says, always: a restart is nothing special, and a second evaluator does no harm, for of two records one stands.
 */
public final class Evaluator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Evaluator.class);
    private static final Duration HEARTBEAT = Duration.ofMinutes(1);
    /** A record this old was the last of its evaluator. */
    private static final Duration DESERTED = HEARTBEAT.multipliedBy(5);

    private static final Duration REFRESH = Duration.ofMinutes(1);
    /** How long another evaluator, if it lives, may take to tell what it has recorded. */
    private static final Duration TO_TELL = Duration.ofSeconds(10);

    /** A stream with more records than this is no longer young: whatever a rule looks at, it has listened. */
    private static final int YOUNG = 1000;

    private static final Duration RESTATE = Duration.ofSeconds(30);
    /**
     * So often in an interval a group could look for something new, and it does from the last but one time on. Micro-batches come
     * as regularly as it is evaluated: by looking a little early it is evaluated soon after them, and not up to an interval later
     * for as long as it runs.
     */
    private static final int LOOKS = 5;

    private final Lake lake;
    private final Supplier<List<RuleGroup>> rules;
    private final AlertLedger ledger;
    private final Outbox outbox;
    private final Map<String, Completeness> completeness = new HashMap<>();
    private final Map<String, RuleViews> viewsByGroup = new HashMap<>();
    private final HealthRows health;
    private final Map<String, String> problems = new HashMap<>();
    private final Map<String, Instant> listening = new ConcurrentHashMap<>();
    private final Map<String, Evaluated> evaluated = new HashMap<>();
    private final Map<String, String> kafka;
    private final Restating restating;
    private final Set<String> own = new HashSet<>();
    private int evaluations;
    private long told;
    private long awaited;
    private long awaitedSince;

    /**
     * An evaluator that has done nothing yet.
     *
     * @param lake read and written: {@code alerts}
     * @param rules asked at each evaluation, so that a changed file counts at once
     * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
     * @param topic that transitions are told to
     */
    public Evaluator(Lake lake, Supplier<List<RuleGroup>> rules, Map<String, String> kafka, String topic) {
        this.lake = lake;
        this.rules = rules;
        this.kafka = Map.copyOf(kafka);
        this.health = new HealthRows(kafka);
        this.ledger = new AlertLedger(lake.ledgers());
        this.outbox = new Outbox(kafka, topic);
        this.restating = new Restating(lake, ledger);
    }

    /**
     * The last evaluation of a group that went well.
     *
     * @param lake the ledgers' last records at its beginning
     */
    private record Evaluated(RuleGroup group, Instant at, Object lake) {}

    /**
     * Evaluates every group when it is due, until this thread is interrupted. Where nothing was recorded since the last time,
     * it waits for the end of a rule's window: silence is judged then.
     */
    public void run() throws InterruptedException {
        Map<String, Instant> due = new HashMap<>();
        RunClock clock = RunClock.system();
        Instant refresh = clock.now();
        Instant restate = clock.now();
        while (true) {
            if (clock.startedAgain()) {
                LOG.warn("The machine was suspended or its clock was set: alerts are evaluated by its time again");
                due.clear();
                evaluated.clear();
                refresh = clock.now();
                restate = clock.now();
            }
            Instant now = clock.now();
            List<RuleGroup> groups = rules.get();
            for (RuleGroup group : groups) {
                if (!due.getOrDefault(group.name(), now).isAfter(now)) {
                    boolean evaluated = evaluateIfDifferent(group, groups, now);
                    Duration look = group.interval().dividedBy(LOOKS);
                    due.put(group.name(), now.plus(evaluated ? group.interval().minus(look) : look));
                }
            }
            if (!restate.isAfter(now)) {
                restate(groups, now);
                restate = now.plus(RESTATE);
            }
            if (!refresh.isAfter(now)) {
                refresh(now);
                refresh = now.plus(REFRESH);
            }
            sleep(due, groups, clock.now());
        }
    }

    private static void sleep(Map<String, Instant> due, List<RuleGroup> groups, Instant now)
            throws InterruptedException {
        Instant next = groups.stream()
                .map(group -> due.getOrDefault(group.name(), now))
                .min(Instant::compareTo)
                .orElse(now.plusSeconds(1));
        long millis = Duration.between(now, next).toMillis();
        Thread.sleep(Math.max(1, Math.min(1000, millis)));
    }

    /**
     * Evaluates {@code group} unless it would see what it saw last time.
     *
     * @return false where it would
     */
    boolean evaluateIfDifferent(RuleGroup group, List<RuleGroup> all, Instant now) {
        AtomicBoolean same = new AtomicBoolean();
        guarded("group " + group.name(), () -> {
            Object lakeNow = recorded();
            Evaluated before = evaluated.remove(group.name());
            if (before != null
                    && before.group().equals(group)
                    && before.lake().equals(lakeNow)
                    && now.isBefore(before.at().plus(HEARTBEAT))
                    && group.rules().stream().noneMatch(rule -> endsBetween(before.at(), now, rule))) {
                evaluated.put(group.name(), before);
                same.set(true);
                tell();
                return;
            }
            evaluateNow(group, all, now);
            evaluated.put(group.name(), new Evaluated(group, now, lakeNow));
        });
        return !same.get();
    }

    /** Whether a window of {@code rule} ended after {@code before}; one without windows is asked at each interval. */
    private static boolean endsBetween(Instant before, Instant now, Rule rule) {
        return Windows.holding(now, rule.window()).isAfter(before);
    }

    /** What decides what the views show: the last record of each stream, and every entry of a day. */
    private List<Object> recorded() {
        List<Object> recorded = new ArrayList<>();
        for (Feed feed : lake.feeds().all().values()) {
            for (dev.tideline.ledger.Stream stream : dev.tideline.ledger.Stream.values()) {
                recorded.add(lake.progress(feed, stream).progress());
            }
            recorded.add(lake.days().feed(feed.name()));
        }
        return recorded;
    }

    /** How often a group was evaluated. */
    int evaluations() {
        return evaluations;
    }

    /** One evaluation of {@code group}, one of {@code all}, and its record if it decided anything. */
    public void evaluate(RuleGroup group, List<RuleGroup> all, Instant now) {
        guarded("group " + group.name(), () -> evaluateNow(group, all, now));
    }

    private void evaluateNow(RuleGroup group, List<RuleGroup> all, Instant now) {
        evaluations++;
        Optional<AlertRecord> before = ledger.last();
        Map<String, RuleState> states = states(before);
        List<Transition> transitions = new ArrayList<>();
        judge(group, states, now).forEach((rule, verdict) -> {
            states.put(rule.id(), verdict.state());
            transitions.addAll(verdict.transitions());
        });
        transitions.addAll(forget(states, before, all, now));
        record(before, states, transitions, unchanged(before), all, now);
        tell();
    }

    private static Map<String, RuleState> states(Optional<AlertRecord> record) {
        Map<String, RuleState> states = new LinkedHashMap<>();
        record.ifPresent(r -> r.rules().forEach(state -> states.put(state.rule(), state)));
        return states;
    }

    /** The store or Kafka may not answer for a while: what was not recorded is decided anew next time. */
    private void guarded(String what, Runnable task) {
        Optional<String> problem = Optional.empty();
        try {
            task.run();
        } catch (Exception e) { // Spark's and Hadoop's checked ones come undeclared
            if (isInterrupted(e)) {
                Thread.currentThread().interrupt();
                return;
            }
            LOG.debug("{}", what, e);
            problem = Optional.of(line(e) + " (nothing is lost, it is tried again)");
        }
        problem(what, problem);
    }

    /** Whether somebody has ended us in the middle of something. */
    private static boolean isInterrupted(Exception e) {
        return Stream.<Throwable>iterate(e, cause -> cause != null, Throwable::getCause)
                .anyMatch(
                        cause -> cause instanceof InterruptedException || cause instanceof ClosedByInterruptException);
    }

    private Map<Rule, RuleEvaluator.Verdict> judge(RuleGroup group, Map<String, RuleState> states, Instant now) {
        RuleViews ruleViews = viewsByGroup.computeIfAbsent(group.name(), name -> new RuleViews(lake.apart(), health));
        LakeSnapshot snapshot = new LakeSnapshot(ruleViews.lake());
        GroupEvaluation evaluation = new GroupEvaluation(group, ruleViews, snapshot, this::share, this::listening, now);
        Map<Rule, RuleEvaluator.Verdict> verdicts = evaluation.verdicts(states);
        verdicts.forEach(
                (rule, verdict) -> problem("alert " + rule.id(), verdict.state().problem()));
        return verdicts;
    }

    /**
     * Since when the speed stream of {@code feed} has recorded, by {@code now}: a young stream's first record says it. By a
     * clock of another time than the record's, as in a replay, it has always.
     */
    private Instant listening(Feed feed, Instant now) {
        ProgressLedger ledger = lake.progress(feed, dev.tideline.ledger.Stream.SPEED);
        long seq = ledger.progress().seq();
        if (seq == 0) {
            return now;
        }
        Instant since = listening.computeIfAbsent(
                feed.name(),
                name -> seq > YOUNG
                        ? Instant.MIN
                        : ledger.newest(YOUNG).stream()
                                .findFirst()
                                .map(ProgressRecord::recordedAt)
                                .orElse(Instant.MIN));
        return since.isAfter(now) ? Instant.MIN : since;
    }

    /** How far what {@code view} shows at {@code snapshot} has read past {@code time}; rules ask side by side. */
    private synchronized double share(Feed feed, ViewName view, LakeSnapshot snapshot, Instant time, Instant now) {
        return completeness
                .computeIfAbsent(feed.name() + view.isEvents(), name -> new Completeness(kafka, feed.topic()))
                .at(time, snapshot.cut(feed, view), now);
    }

    /**
     * Drops the state of rules that are no longer there; what of them fires is resolved. Only of rules that this process itself
     * has had, or that nobody has evaluated for long: another evaluator may have other files.
     */
    private List<Transition> forget(
            Map<String, RuleState> states, Optional<AlertRecord> before, List<RuleGroup> all, Instant now) {
        Set<String> there = all.stream()
                .flatMap(group -> group.rules().stream())
                .map(Rule::id)
                .collect(Collectors.toSet());
        own.addAll(there);
        boolean deserted =
                before.map(record -> now.isAfter(record.at().plus(DESERTED))).orElse(false);
        Set<String> gone = states.keySet().stream()
                .filter(id -> !there.contains(id) && (deserted || own.contains(id)))
                .collect(Collectors.toSet());
        states.keySet().removeAll(gone);
        viewsByGroup.keySet().stream()
                .filter(name -> all.stream().noneMatch(group -> group.name().equals(name)))
                .toList()
                .forEach(name -> viewsByGroup.remove(name).close());
        return before.map(AlertRecord::active).orElse(List.of()).stream()
                .filter(active -> gone.contains(active.group() + "/" + active.alert()))
                .map(active -> active.resolved(now))
                .toList();
    }

    private void record(
            Optional<AlertRecord> before,
            Map<String, RuleState> states,
            List<Transition> transitions,
            Restating.Outcome restated,
            List<RuleGroup> all,
            Instant now) {
        boolean dull = transitions.isEmpty()
                && before.isPresent()
                && !restated.isNew(before.get())
                && now.isBefore(before.get().at().plus(HEARTBEAT))
                && shown(before.get().rules()).equals(shown(states.values()));
        if (dull) {
            return;
        }
        ledger.append(new AlertRecord(
                before.map(AlertRecord::number).orElse(0L) + 1,
                UUID.randomUUID().toString(),
                Driver.name(),
                now,
                Math.max(told, before.map(AlertRecord::told).orElse(0L)),
                List.copyOf(states.values()),
                transitions.stream().map(t -> asItBegan(t, before)).toList(),
                active(states, before, all, now),
                restated.restatements(),
                restated.generations(),
                restated.sealedThrough()));
    }

    private static Restating.Outcome unchanged(Optional<AlertRecord> before) {
        return new Restating.Outcome(
                List.of(),
                before.map(AlertRecord::generations).orElse(Map.of()),
                before.map(AlertRecord::sealedThrough).orElse(Map.of()));
    }

    /** What a restart must find again, without what each evaluation changes. */
    private static List<Object> shown(Iterable<RuleState> states) {
        List<Object> shown = new ArrayList<>();
        for (RuleState state : states) {
            shown.add(state.problem());
            for (Instance instance : state.instances()) {
                shown.add(List.of(
                        state.rule(),
                        instance.labels(),
                        instance.shown().state(),
                        instance.shown().activeSince()));
            }
        }
        return shown;
    }

    /** Everything that fires, of our rules; of others as it stood. */
    private static List<Transition> active(
            Map<String, RuleState> states, Optional<AlertRecord> before, List<RuleGroup> all, Instant now) {
        Map<String, Rule> rules = new LinkedHashMap<>();
        all.forEach(group -> group.rules().forEach(rule -> rules.put(rule.id(), rule)));
        Stream<Transition> ours = rules.values().stream()
                .flatMap(rule -> Stream.ofNullable(states.get(rule.id()))
                        .flatMap(state -> new RuleEvaluator(rule, now).refreshed(state).stream()))
                .map(t -> asItBegan(t, before));
        Stream<Transition> others = before.map(AlertRecord::active).orElse(List.of()).stream()
                .filter(t -> states.containsKey(t.group() + "/" + t.alert())
                        && !rules.containsKey(t.group() + "/" + t.alert()));
        return Stream.concat(ours, others).toList();
    }

    /** An alert keeps the labels that it began with: by them it went to its channels, whatever the rule says meanwhile. */
    private static Transition asItBegan(Transition transition, Optional<AlertRecord> before) {
        return before.map(AlertRecord::active).orElse(List.of()).stream()
                .filter(active -> active.key().equals(transition.key()))
                .findFirst()
                .map(active -> transition.with(active.labels()))
                .orElse(transition);
    }

    /** Tells all that is recorded and was not told yet, by whomever. */
    private void tell() {
        Optional<AlertRecord> last = ledger.last();
        told = Math.max(told, last.map(AlertRecord::told).orElse(0L));
        if (last.isEmpty() || last.get().number() <= told) {
            return;
        }
        List<AlertRecord> untold = last.get().number() == told + 1 ? List.of(last.get()) : ledger.after(told);
        for (AlertRecord record : untold) {
            if (isAnothersToTell(record) || !outbox.tell(record.transitions())) {
                return;
            }
            record.transitions()
                    .forEach(t ->
                            LOG.info("{} {} {} since {}", t.kind(), t.alert(), printable(t.labels()), t.startsAt()));
            told = record.number();
        }
    }

    /** Whether another evaluator has just recorded it: if it lives it tells, and else we do in a moment. */
    private boolean isAnothersToTell(AlertRecord record) {
        if (record.transitions().isEmpty() || record.driver().equals(Driver.name())) {
            return false;
        }
        if (awaited != record.number()) {
            awaited = record.number();
            awaitedSince = System.nanoTime();
        }
        return System.nanoTime() - awaitedSince < TO_TELL.toNanos();
    }

    /** Labels come from events: one cannot write lines of its own into the log. */
    private static String printable(Map<String, String> labels) {
        return labels.toString().replaceAll("\\p{Cntrl}", "?");
    }

    /** Says again what fires, for receivers that forget what is not repeated. */
    private void refresh(Instant now) {
        guarded(
                "refresh",
                () -> outbox.tell(ledger.last().map(AlertRecord::active).orElse(List.of()).stream()
                        .map(active -> active.again(now))
                        .toList()));
    }

    /** Judges again what a recompute has published since the last time, and marks history. */
    public void restate(List<RuleGroup> groups, Instant now) {
        guarded("restatement", () -> {
            Optional<AlertRecord> before = ledger.last();
            if (before.isPresent()) {
                Restating.Outcome outcome = restating.compare(before.get(), groups, now);
                if (outcome.isNew(before.get())) {
                    record(before, states(before), List.of(), outcome, groups, now);
                }
            }
        });
    }

    /** One line when something goes wrong, and one when it is well again; not one for each evaluation. */
    private void problem(String what, Optional<String> problem) {
        if (problem.isEmpty()) {
            if (problems.remove(what) != null) {
                LOG.info("{} is well again", what);
            }
        } else if (!problem.get().equals(problems.put(what, problem.get()))) {
            LOG.warn("{}: {}", what, problem.get());
        }
    }

    private static String line(Exception e) {
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return e instanceof CannotException ? message : e.getClass().getSimpleName() + ": " + message;
    }

    /** Records what was told last, so that the next evaluator does not tell it again. */
    private void settle() {
        try {
            ledger.last()
                    .filter(last -> told == last.number() && last.told() < told)
                    .ifPresent(
                            last -> ledger.append(last.allTold(UUID.randomUUID().toString(), Driver.name())));
        } catch (RuntimeException e) {
            LOG.warn("The next evaluator tells the last alerts again: {}", line(e));
        }
    }

    @Override
    public void close() {
        settle();
        viewsByGroup.values().forEach(RuleViews::close);
        completeness.values().forEach(Completeness::close);
        health.close();
        outbox.close();
    }
}
