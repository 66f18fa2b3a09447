package dev.tideline.alerts.engine;

import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.Sample;
import dev.tideline.alerts.rule.Template;
import dev.tideline.notify.Transition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Judges one rule: from what is remembered of it and the rows of its query to what is remembered next and what is to be told.
 * The newest windows are judged anew each time, from the same base, so that rows which late events changed count as if they
 * had been so from the beginning; who was told what decides what is to be told now.
 */
public final class RuleEvaluator {
    private static final SortedMap<String, String> NO_DATA = new TreeMap<>(Map.of(Rule.REASON, "no_data"));

    private static final SortedMap<String, String> ERROR = new TreeMap<>(Map.of(Rule.REASON, "error"));
    /** However often an annotation repeats a label. */
    private static final int MOST_ANNOTATION = 8192;

    private final Rule rule;
    private final Instant at;

    /**
     * Judges {@code rule}.
     *
     * @param at when it is judged, by the evaluator's clock: only told, never compared
     */
    public RuleEvaluator(Rule rule, Instant at) {
        this.rule = rule;
        this.at = at;
    }

    /**
     * What is remembered next.
     *
     * @param transitions to be told, in the order in which they happened
     */
    public record Verdict(RuleState state, List<Transition> transitions) {
        public Verdict {
            transitions = List.copyOf(transitions);
        }
    }

    /**
     * The rule after {@code windows}, which begin at the state's {@code settled} at the earliest.
     *
     * @param windows their starts, oldest first; the last ones may not be over yet
     * @param samples the query's rows in these windows
     * @param completeness for a window's start the share of Kafka partitions read past its end, 0 to 1
     * @param revisit windows from this one on are judged again next time
     * @throws IllegalArgumentException when two rows of a window have the same labels
     */
    public Verdict judge(
            RuleState before,
            List<Instant> windows,
            List<Sample> samples,
            ToDoubleFunction<Instant> completeness,
            Instant revisit) {
        return judge(before, windows, samples, completeness, revisit, Instant.MIN);
    }

    /**
     * The same where nobody listened before {@code listening}: a rule without any row misses none in earlier windows.
     *
     * @param listening when the stream that fills the query's views recorded for the first time
     */
    public Verdict judge(
            RuleState before,
            List<Instant> windows,
            List<Sample> samples,
            ToDoubleFunction<Instant> completeness,
            Instant revisit,
            Instant listening) {
        Map<Instant, Double> shares =
                windows.stream().collect(Collectors.toMap(window -> window, completeness::applyAsDouble));
        Map<SortedMap<String, String>, Map<Instant, Sample>> rows = byLabels(samples);
        Map<SortedMap<String, String>, Instance> known = known(before);
        Set<SortedMap<String, String>> all = new LinkedHashSet<>(known.keySet());
        all.addAll(rows.keySet());
        if (all.stream().allMatch(labels -> labels.containsKey(Rule.REASON))) {
            all.add(NO_DATA); // nobody whose row could be missing: it is the rule that has none
        }
        if (all.contains(NO_DATA)) {
            boolean anybody = all.stream().anyMatch(labels -> !labels.containsKey(Rule.REASON));
            rows.put(
                    NO_DATA,
                    rowIn(
                            anybody
                                    ? windows
                                    : windows.stream()
                                            .filter(w -> w.isBefore(listening))
                                            .toList()));
        }
        all.remove(ERROR);
        all.removeIf(
                labels -> !known.containsKey(labels) && isIdle(rows.get(labels).values()));
        if (all.size() > rule.limit()) {
            throw new IllegalArgumentException("it has more than " + rule.limit()
                    + " instances, with those that had rows before (a WHERE that leaves fewer, or a higher limit)");
        }
        Instant settled = settled(before, windows, shares, revisit);
        List<Instance> instances = new ArrayList<>();
        List<Transition> transitions = new ArrayList<>();
        Optional.ofNullable(known.get(ERROR)).ifPresent(error -> resolve(error, last(windows, before), transitions));
        for (SortedMap<String, String> labels : all) {
            Instance instance = known.getOrDefault(labels, fresh(labels));
            Map<Instant, Sample> own = rows.getOrDefault(labels, Map.of());
            // One that nobody knew is not missed before its first row.
            Optional<Instant> first = known.containsKey(labels)
                    ? Optional.empty()
                    : own.keySet().stream().min(Instant::compareTo);
            List<Observation> seen = windows.stream()
                    .filter(w -> first.map(row -> !w.isBefore(row)).orElse(true))
                    .map(w -> new Observation(w, Optional.ofNullable(own.get(w)), shares.get(w)))
                    .toList();
            AlertState base = Timeline.of(
                            rule,
                            instance.base(),
                            seen.stream()
                                    .filter(o -> o.window().isBefore(settled))
                                    .toList())
                    .last();
            Timeline course = Timeline.of(rule, instance.base(), seen);
            if (isOpen(instance, course, shares)) {
                instances.add(new Instance(labels, base, instance.shown(), instance.key()));
                continue;
            }
            Optional<String> key = tell(instance, course, before.judged(), last(windows, before), transitions);
            if (!base.isInactive() || !course.last().isInactive()) {
                instances.add(new Instance(labels, base, course.last(), key));
            }
        }
        Instant judged =
                last(windows.stream().filter(w -> shares.get(w) >= rule.whole()).toList(), before);
        return new Verdict(
                new RuleState(rule.id(), before.since(), settled, judged, instances, Optional.empty()), transitions);
    }

    /** Whether the rows of an instance without a state leave it as it is. */
    private boolean isIdle(Collection<Sample> rows) {
        return rule.noData() != Rule.NoData.ALERT
                && rows.stream().noneMatch(row -> rule.condition().holds(row.value()));
    }

    /** Whether a window that is not complete made it fire, and by now has a row that would not: it stays until that is certain. */
    private boolean isOpen(Instance told, Timeline course, Map<Instant, Double> shares) {
        return told.key().isPresent()
                && same(told, course).isEmpty()
                && shares.getOrDefault(told.shown().firingSince().orElseThrow(), 1.0) < rule.whole();
    }

    /** The newest window that was looked at; never an older one than before. */
    private static Instant last(List<Instant> windows, RuleState before) {
        return windows.stream().reduce(before.judged(), (a, b) -> a.isAfter(b) ? a : b);
    }

    /** The first window that is to be judged again: not complete yet, or young enough for late events. */
    private Instant settled(RuleState before, List<Instant> windows, Map<Instant, Double> shares, Instant revisit) {
        return windows.stream()
                .filter(w -> shares.get(w) < rule.whole() || !w.isBefore(revisit))
                .findFirst()
                .orElseGet(() -> windows.isEmpty()
                        ? before.settled()
                        : last(windows, before).plus(rule.window()));
    }

    private Map<SortedMap<String, String>, Map<Instant, Sample>> byLabels(List<Sample> samples) {
        Map<SortedMap<String, String>, Map<Instant, Sample>> rows = new LinkedHashMap<>();
        for (Sample sample : samples) {
            if (rows.computeIfAbsent(sample.labels(), labels -> new HashMap<>()).put(sample.window(), sample) != null) {
                throw new IllegalArgumentException("two rows of " + sample.window() + " have the labels "
                        + sample.labels() + " (group by them, or add a string column that tells them apart)");
            }
        }
        return rows;
    }

    /** Somebody's silence is that instance's own matter, and not the rule's. */
    private static Map<Instant, Sample> rowIn(List<Instant> windows) {
        return windows.stream()
                .collect(Collectors.toMap(window -> window, window -> new Sample(NO_DATA, window, Double.NaN, false)));
    }

    private static Map<SortedMap<String, String>, Instance> known(RuleState state) {
        Map<SortedMap<String, String>, Instance> known = new LinkedHashMap<>();
        state.instances().forEach(instance -> known.put(instance.labels(), instance));
        return known;
    }

    private static Instance fresh(SortedMap<String, String> labels) {
        return new Instance(labels, AlertState.INACTIVE, AlertState.INACTIVE, Optional.empty());
    }

    /** The episode that was told: the first that has not ended before it began, wherever late events moved its beginning. */
    private static Optional<Episode> same(Instance told, Timeline course) {
        Instant since = told.shown().firingSince().orElseThrow();
        return course.episodes().stream()
                .filter(e -> e.endsAt().map(end -> end.isAfter(since)).orElse(true))
                .findFirst();
    }

    /**
     * Tells what was not told yet. An episode that is over, in windows that had been judged without it, was brought to light by
     * late events: nobody is called for it.
     *
     * @param judged the newest complete window that had been looked at before
     * @return key of the episode that goes on
     */
    private Optional<String> tell(
            Instance told, Timeline course, Instant judged, Instant now, List<Transition> transitions) {
        Optional<Episode> same = told.key().isPresent() ? same(told, course) : Optional.empty();
        if (told.key().isPresent() && same.isEmpty()) {
            resolve(told, now, transitions);
        }
        Optional<String> key = Optional.empty();
        for (Episode episode : course.episodes()) {
            boolean over = episode.endsAt().isPresent();
            if (same.equals(Optional.of(episode))) {
                key = over ? Optional.empty() : told.key();
                if (over) {
                    transitions.add(transition(told.key().orElseThrow(), told.labels(), episode));
                }
            } else if (!over || isNew(episode, judged, same)) {
                String next = fire(told.labels(), episode, transitions);
                key = over ? Optional.empty() : Optional.of(next);
                if (over) {
                    transitions.add(transition(next, told.labels(), episode));
                }
            }
        }
        return key;
    }

    private static boolean isNew(Episode episode, Instant judged, Optional<Episode> told) {
        return episode.firingSince().isAfter(judged)
                && told.map(t -> episode.firingSince().isAfter(t.firingSince())).orElse(true);
    }

    private String fire(SortedMap<String, String> labels, Episode episode, List<Transition> transitions) {
        String key = key(labels, episode.firingSince());
        transitions.add(transition(key, labels, new Episode(episode.firingSince(), Optional.empty(), episode.last())));
        return key;
    }

    private static Instant since(Instance told, Instant otherwise) {
        return told.shown().firingSince().orElse(otherwise);
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** What was told to fire does not, in hindsight: at the latest from {@code now} on. */
    private void resolve(Instance told, Instant now, List<Transition> transitions) {
        told.key()
                .ifPresent(key -> transitions.add(transition(
                        key,
                        told.labels(),
                        new Episode(since(told, now), Optional.of(later(since(told, now), now)), told.shown()))));
    }

    /** The rule when its query failed in {@code window}: all as it was, and an alert of its own where the rule wants one. */
    public Verdict failed(RuleState before, Instant window, String problem) {
        List<Instance> instances = new ArrayList<>(before.instances());
        List<Transition> transitions = new ArrayList<>();
        if (rule.onError() == Rule.OnError.ALERT) {
            Instance told = known(before).getOrDefault(ERROR, fresh(ERROR));
            instances.remove(told);
            AlertState phase = told.shown().raised(window, rule);
            Optional<String> key = told.key();
            if (phase.isFiring() && key.isEmpty()) {
                Episode episode = new Episode(phase.firingSince().orElseThrow(), Optional.empty(), phase);
                key = Optional.of(fire(ERROR, episode, transitions));
            }
            instances.add(new Instance(ERROR, phase, phase, key));
        }
        return new Verdict(
                new RuleState(
                        before.rule(),
                        before.since(),
                        before.settled(),
                        before.judged(),
                        instances,
                        Optional.of(problem)),
                transitions);
    }

    /** Everything that fires, said again. */
    public List<Transition> refreshed(RuleState state) {
        return state.instances().stream()
                .filter(instance -> instance.key().isPresent())
                .map(i -> transition(
                        i.key().orElseThrow(),
                        Transition.Kind.REFRESH,
                        i.labels(),
                        i.shown().firingSince().orElse(at),
                        Optional.empty(),
                        i.shown()))
                .toList();
    }

    private Transition transition(String key, SortedMap<String, String> labels, Episode episode) {
        Transition.Kind kind = episode.endsAt().isPresent() ? Transition.Kind.RESOLVED : Transition.Kind.FIRING;
        return transition(key, kind, labels, episode.firingSince(), episode.endsAt(), episode.last());
    }

    private Transition transition(
            String key,
            Transition.Kind kind,
            SortedMap<String, String> queried,
            Instant startsAt,
            Optional<Instant> endsAt,
            AlertState phase) {
        SortedMap<String, String> labels = labels(queried, phase.value());
        SortedMap<String, String> annotations = new TreeMap<>();
        rule.annotations()
                .forEach((name, text) -> annotations.put(
                        name, Template.cut(Template.render(text, labels, phase.value()), MOST_ANNOTATION)));
        return new Transition(
                key,
                kind,
                rule.group(),
                rule.name(),
                labels,
                annotations,
                phase.value(),
                startsAt,
                endsAt,
                at,
                phase.completeness(),
                phase.provisional());
    }

    /** The query's labels, above them the rule's own, above them the name; labels without a value are left out. */
    public SortedMap<String, String> labels(SortedMap<String, String> queried, Optional<Double> value) {
        SortedMap<String, String> labels = new TreeMap<>(queried);
        rule.labels().forEach((name, text) -> labels.put(name, Template.render(text, queried, value)));
        labels.put("alertname", rule.name());
        labels.values().removeIf(String::isEmpty);
        return labels;
    }

    /** The same wherever and whenever it is computed, so that two evaluators or two tries tell the same thing. */
    private String key(SortedMap<String, String> labels, Instant firingSince) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            List<String> parts = new ArrayList<>(List.of(rule.id(), firingSince.toString()));
            labels.forEach((name, value) -> parts.addAll(List.of(name, value)));
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                hash.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                hash.update(bytes);
            }
            return HexFormat.of().formatHex(hash.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
