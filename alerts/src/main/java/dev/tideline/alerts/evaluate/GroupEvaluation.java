package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.engine.RuleEvaluator;
import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.alerts.rule.Sample;
import dev.tideline.alerts.rule.Windows;
import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.protocol.CannotException;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** One evaluation of one group: every rule over the same snapshot. */
final class GroupEvaluation {
    private final RuleGroup group;
    private final RuleViews ruleViews;
    private final LakeSnapshot snapshot;
    private final Share share;
    private final BiFunction<Feed, Instant, Instant> listening;
    private final Instant now;

    /** How far what a view shows at a moment has read past a time, 0 to 1. */
    interface Share {
        double of(Feed feed, ViewName view, LakeSnapshot snapshot, Instant time, Instant now);
    }

    /**
     * @param listening since when the feed's speed stream has recorded, by a clock
     */
    GroupEvaluation(
            RuleGroup group,
            RuleViews ruleViews,
            LakeSnapshot snapshot,
            Share share,
            BiFunction<Feed, Instant, Instant> listening,
            Instant now) {
        this.group = group;
        this.ruleViews = ruleViews;
        this.snapshot = snapshot;
        this.share = share;
        this.listening = listening;
        this.now = now;
    }

    /** What becomes of each rule; {@code states} by its id. */
    Map<Rule, RuleEvaluator.Verdict> verdicts(Map<String, RuleState> states) {
        Set<String> names = ruleViews.names();
        Map<Rule, Set<String>> named = new LinkedHashMap<>();
        group.rules().forEach(rule -> named.put(rule, RuleQuery.views(rule, names)));
        Instant first = group.rules().stream()
                .map(rule -> first(rule, state(rule, states)))
                .min(Instant::compareTo)
                .orElse(now);
        ruleViews.take(
                named.values().stream().flatMap(Collection::stream).collect(Collectors.toSet()),
                snapshot,
                first.minus(group.lookback()),
                now);
        return verdicts(named, states);
    }

    /** As many rules at once as there are cores: most of a short query is planning it. */
    private Map<Rule, RuleEvaluator.Verdict> verdicts(Map<Rule, Set<String>> named, Map<String, RuleState> states) {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            Map<Rule, CompletableFuture<RuleEvaluator.Verdict>> running = new LinkedHashMap<>();
            named.forEach((rule, views) -> running.put(
                    rule, CompletableFuture.supplyAsync(() -> verdict(rule, views, state(rule, states)), threads)));
            Map<Rule, RuleEvaluator.Verdict> verdicts = new LinkedHashMap<>();
            running.forEach((rule, verdict) -> verdicts.put(rule, verdict.join()));
            return verdicts;
        } finally {
            threads.shutdownNow();
        }
    }

    private RuleState state(Rule rule, Map<String, RuleState> states) {
        return Optional.ofNullable(states.get(rule.id()))
                .orElseGet(
                        () -> RuleState.fresh(rule.id(), Windows.holding(now.minus(group.revisit()), rule.window())));
    }

    /** The first window to judge: after a long pause not older than what the group looks back to. */
    private Instant first(Rule rule, RuleState state) {
        Instant oldest = Windows.holding(now.minus(group.lookback()), rule.window());
        return state.settled().isAfter(oldest) ? state.settled() : oldest;
    }

    private RuleEvaluator.Verdict verdict(Rule rule, Set<String> views, RuleState before) {
        RuleEvaluator evaluator = new RuleEvaluator(rule, now);
        try {
            ruleViews.require(views);
            return ruleViews.isWindowed(rule)
                    ? windows(evaluator, rule, views, before)
                    : instant(evaluator, rule, before);
        } catch (CannotException | IllegalArgumentException e) {
            return evaluator.failed(before, now, firstLine(e));
        } catch (RuntimeException e) {
            return evaluator.failed(before, now, e.getClass().getSimpleName() + ": " + firstLine(e));
        }
    }

    private RuleEvaluator.Verdict windows(RuleEvaluator evaluator, Rule rule, Set<String> views, RuleState before) {
        List<Instant> windows = Windows.between(first(rule, before), now, rule.window());
        if (windows.isEmpty()) {
            return new RuleEvaluator.Verdict(before, List.of());
        }
        Instant end = windows.get(windows.size() - 1).plus(rule.window());
        List<Sample> samples = RuleQuery.samples(ruleViews.session(), rule, windows.get(0), end, now);
        return evaluator.judge(
                before,
                windows,
                samples,
                window -> completeness(views, window.plus(rule.window())),
                Windows.holding(now.minus(group.revisit()), rule.window()),
                listening(views));
    }

    /** Of all feeds that the rule reads the youngest. */
    private Instant listening(Set<String> views) {
        return views.stream()
                .flatMap(view -> ruleViews.views().feed(view).stream())
                .map(feed -> listening.apply(feed, now))
                .max(Instant::compareTo)
                .orElse(Instant.MIN);
    }

    /** Of all feeds that the rule reads the one that has read least. */
    private double completeness(Set<String> views, Instant end) {
        return views.stream()
                .flatMap(view -> ruleViews.views().feed(view).stream()
                        .map(feed -> share.of(feed, ViewName.parse(view).orElseThrow(), snapshot, end, now)))
                .min(Double::compare)
                .orElse(end.isAfter(now) ? 0.0 : 1.0);
    }

    /** A query without windows is judged at the time of asking, which never goes back. */
    private RuleEvaluator.Verdict instant(RuleEvaluator evaluator, Rule rule, RuleState before) {
        Instant at = now.isAfter(before.judged()) ? now : before.judged().plusMillis(1);
        List<Sample> samples = RuleQuery.samples(ruleViews.session(), rule, at, at, at).stream()
                .map(sample -> new Sample(sample.labels(), at, sample.value(), sample.provisional()))
                .toList();
        return evaluator.judge(before, List.of(at), samples, window -> 1, at.plusMillis(1));
    }

    private static String firstLine(RuntimeException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
