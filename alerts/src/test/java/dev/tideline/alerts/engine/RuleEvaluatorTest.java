package dev.tideline.alerts.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.alerts.rule.Condition;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.Sample;
import dev.tideline.alerts.rule.Windows;
import dev.tideline.notify.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A minute a character: values and what they make of one host's alert. */
class RuleEvaluatorTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final SortedMap<String, String> HOST = labels("a");

    private Rule rule = rule(Optional.empty(), 0, 0, Rule.NoData.OK, Rule.OnError.KEEP, 0);

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            crosses the limit                 | 0 | 0 |      | OK    | 1199911 | ..FFF..
            waits for two minutes             | 2 | 0 |      | OK    | 1999911 | .PPFF..
            flaps within for and never fires  | 2 | 0 |      | OK    | 9919919 | PP.PP.P
            keeps firing for two minutes      | 0 | 2 |      | OK    | 9111191 | FFF..FF
            a dip does not end it             | 0 | 2 |      | OK    | 9191111 | FFFFF..
            hysteresis holds it above 5       | 0 | 0 | < 5  | OK    | 1976541 | .FFFF..
            no row, no alert                  | 0 | 0 |      | OK    | 99--991 | FF..FF.
            no row is the alarm               | 0 | 0 |      | ALERT | 11--111 | ..FF...
            no row, as it was                 | 0 | 0 |      | KEEP  | 99--911 | FFFFF..
            no row while it is pending        | 2 | 0 |      | KEEP  | 99--991 | PP--FF.
            """)
    void judgesEachMinute(
            String name, int pending, int keep, String resolve, Rule.NoData noData, String values, String expected) {
        rule = rule(
                Optional.ofNullable(resolve).flatMap(Condition::parse), pending, keep, noData, Rule.OnError.KEEP, 0);
        // Evaluated once a minute, from what the evaluation before remembered.
        assertThat(step(values)).isEqualTo(expected.replace('-', 'P'));
        // Evaluated once, over everything: the same, for nothing depends on when it is looked at.
        RuleState once = judge(fresh(), values, 1).state();
        assertThat(letter(once)).isEqualTo(expected.charAt(expected.length() - 1));
    }

    @Test
    void tellsOneEpisodeOnceHoweverOftenItIsLookedAt() {
        List<Transition> told = new ArrayList<>();
        RuleState state = fresh();
        for (String values : List.of("1", "19", "199", "199", "1999", "19991", "19991")) {
            RuleEvaluator.Verdict verdict = judge(state, values, 1);
            told.addAll(verdict.transitions());
            state = verdict.state();
        }
        assertThat(told).extracting(Transition::kind).containsExactly(Transition.Kind.FIRING, Transition.Kind.RESOLVED);
        assertThat(told).extracting(Transition::key).containsOnly(told.get(0).key());
        assertThat(told.get(0).startsAt()).isEqualTo(NOON.plus(MINUTE));
        assertThat(told.get(1).endsAt()).contains(NOON.plus(MINUTE.multipliedBy(4)));
    }

    @Test
    void aRuleMissesNoRowBeforeItsStreamListened() {
        rule = rule(Optional.empty(), 0, 0, Rule.NoData.ALERT, Rule.OnError.KEEP, 0);
        assertThat(silent(Instant.MIN)).containsExactly(NOON);
        assertThat(silent(NOON.plus(MINUTE.multipliedBy(3)))).containsExactly(NOON.plus(MINUTE.multipliedBy(3)));
        assertThat(silent(NOON.plus(MINUTE.multipliedBy(6)))).isEmpty();
    }

    /** Since when silence is told, of six minutes without any row. */
    private List<Instant> silent(Instant listening) {
        return new RuleEvaluator(rule, NOON)
                .judge(fresh(), minutes(6), List.of(), w -> 1, NOON, listening).transitions().stream()
                        .map(Transition::startsAt)
                        .toList();
    }

    @Test
    void aMinuteThatRunsRaisesAnAlertAndDoesNotResolveOne() {
        RuleState state = judge(fresh(), "19", 0).state();
        assertThat(letter(state)).isEqualTo('F');
        RuleEvaluator.Verdict begun = judge(state, "191", 0);
        assertThat(letter(begun.state())).isEqualTo('F');
        assertThat(begun.transitions()).isEmpty();
        RuleEvaluator.Verdict fallen = judge(state, "11", 0);
        assertThat(letter(fallen.state())).isEqualTo('F');
        assertThat(fallen.transitions()).isEmpty();
        RuleEvaluator.Verdict missing = judge(state, "19-", 0);
        assertThat(letter(missing.state())).isEqualTo('F');
        RuleEvaluator.Verdict over = judge(begun.state(), "191", 1);
        assertThat(over.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.RESOLVED);
    }

    @Test
    void judgesNoMinuteBelowTheWantedCompleteness() {
        rule = rule(Optional.empty(), 0, 0, Rule.NoData.OK, Rule.OnError.KEEP, 0.75);
        assertThat(letter(judge(fresh(), "9", 0.5).state())).isEqualTo('.');
        RuleState state = judge(fresh(), "9", 0.75).state();
        assertThat(letter(state)).isEqualTo('F');
        assertThat(judge(state, "91", 0.5).transitions()).isEmpty();
        assertThat(judge(state, "91", 0.75).transitions()).hasSize(1);
    }

    @Test
    void lateEventsChangeWhatIsStillRevisited() {
        RuleState state = judge(fresh(), "111", 1).state();
        RuleEvaluator.Verdict late = judge(state, "119", 1);
        assertThat(late.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.FIRING);
        RuleEvaluator.Verdict retracted = judge(late.state(), "111", 1);
        assertThat(retracted.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.RESOLVED);
        assertThat(retracted.transitions().get(0).key())
                .isEqualTo(late.transitions().get(0).key());
    }

    @Test
    void lateEventsOfAnEpisodeThatIsOverCallNobody() {
        RuleState state = judge(fresh(), "1111", 1).state();
        assertThat(judge(state, "1911", 1).transitions()).isEmpty();
    }

    @Test
    void lateEventsThatMoveTheBeginningMakeNoSecondAlert() {
        RuleState state = judge(fresh(), "119", 1).state();
        assertThat(judge(state, "199", 1).transitions()).isEmpty();
    }

    @Test
    void aPauseOfTheEvaluatorLosesNoEpisode() {
        RuleState state = judge(fresh(), "1", 1).state();
        assertThat(judge(state, "1911991", 1).transitions())
                .extracting(Transition::kind)
                .containsExactly(
                        Transition.Kind.FIRING,
                        Transition.Kind.RESOLVED,
                        Transition.Kind.FIRING,
                        Transition.Kind.RESOLVED);
    }

    @Test
    void aPipelineThatLagsTellsLater() {
        // The stream stands still: minutes go by, none complete, no rows.
        RuleState state = judge(fresh(), "1", 1).state();
        state = new RuleEvaluator(rule, NOON)
                .judge(state, minutes(6), samples("1"), w -> w.equals(NOON) ? 1 : 0, NOON)
                .state();
        assertThat(judge(state, "199111", 1).transitions())
                .extracting(Transition::kind)
                .containsExactly(Transition.Kind.FIRING, Transition.Kind.RESOLVED);
    }

    @Test
    void aRunningMinuteResolvesNothingBesideAnEarlierEpisode() {
        RuleState state = judge(fresh(), "191", 1).state();
        RuleEvaluator.Verdict running = judge(state, "1919", 0);
        assertThat(running.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.FIRING);
        RuleEvaluator.Verdict fallen = judge(running.state(), "1911", 0);
        assertThat(fallen.transitions()).isEmpty();
        RuleEvaluator.Verdict over = judge(fallen.state(), "19111", 1);
        assertThat(over.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.RESOLVED);
        assertThat(over.transitions().get(0).key())
                .isEqualTo(running.transitions().get(0).key());
    }

    @Test
    void oneSilenceIsOneAlert() {
        rule = rule(Optional.empty(), 1, 0, Rule.NoData.ALERT, Rule.OnError.KEEP, 0);
        List<Transition> told = new ArrayList<>();
        RuleState state = fresh();
        for (String values : List.of("-", "--", "--1", "--1-", "--1--", "--1---")) {
            RuleEvaluator.Verdict verdict = judge(state, values, 1);
            told.addAll(verdict.transitions());
            state = verdict.state();
        }
        assertThat(told)
                .extracting(t -> t.kind() + " " + t.labels().getOrDefault("host", "nobody"))
                .containsExactly("FIRING nobody", "RESOLVED nobody", "FIRING a");
    }

    @Test
    void oneThatIsNewIsNotMissedBeforeItsFirstRow() {
        rule = rule(Optional.empty(), 0, 0, Rule.NoData.ALERT, Rule.OnError.KEEP, 0);
        assertThat(judge(fresh(), "---1", 1).transitions()).isEmpty();
        assertThat(judge(fresh(), "---1-", 1).transitions()).hasSize(1);
    }

    @Test
    void moreInstancesThanTheLimitAreAnError() {
        rule = rule.withLimit(1);
        List<Sample> two = List.of(new Sample(labels("a"), NOON, 9, true), new Sample(labels("b"), NOON, 9, true));
        assertThatThrownBy(() -> new RuleEvaluator(rule, NOON).judge(fresh(), List.of(NOON), two, w -> 1, NOON))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("it has more than 1 instances");
    }

    @Test
    void instancesThatAreWellDoNotCountAgainstTheLimit() {
        rule = rule.withLimit(1);
        List<Sample> hosts = new ArrayList<>(List.of(new Sample(labels("hot"), NOON, 9, true)));
        for (int i = 0; i < 1100; i++) {
            hosts.add(new Sample(labels("host-" + i), NOON, 1, true));
        }
        RuleEvaluator.Verdict verdict =
                new RuleEvaluator(rule, NOON).judge(fresh(), List.of(NOON), hosts, w -> 1, NOON);
        assertThat(verdict.transitions()).hasSize(1);
        assertThat(verdict.transitions().get(0).labels()).containsEntry("host", "hot");
    }

    @ParameterizedTest
    @CsvSource({
        "8838815, 8838815",
        "1767225599, 1767225599",
        "Infinity, Infinity",
        "9.5, 9.5",
        "123456789.125, 123456789.125",
        "1.0E300, 1.0E300"
    })
    void annotationsHaveAllDigits(double value, String shown) {
        List<Sample> one = List.of(new Sample(labels("a"), NOON, value, true));
        assertThat(new RuleEvaluator(rule, NOON)
                        .judge(fresh(), List.of(NOON), one, w -> 1, NOON)
                        .transitions()
                        .get(0)
                        .annotations())
                .containsEntry("summary", "a is at " + shown);
    }

    @Test
    void keysOfDifferentLabelsDiffer() {
        List<Sample> two = List.of(
                new Sample(new TreeMap<>(Map.of("a", "1", "b", "2")), NOON, 9, true),
                new Sample(new TreeMap<>(Map.of("a", "1, b=2")), NOON, 9, true));
        assertThat(new RuleEvaluator(rule, NOON)
                        .judge(fresh(), List.of(NOON), two, w -> 1, NOON)
                        .transitions())
                .extracting(Transition::key)
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    @Test
    void minutesThatAreSettledAreNotJudgedAgain() {
        RuleEvaluator evaluator = new RuleEvaluator(rule, NOON);
        List<Instant> windows = Windows.between(NOON, NOON.plus(MINUTE.multipliedBy(3)), MINUTE);
        RuleState state = evaluator
                .judge(fresh(), windows, samples("991"), w -> 1, NOON.plus(MINUTE.multipliedBy(2)))
                .state();
        assertThat(state.settled()).isEqualTo(NOON.plus(MINUTE.multipliedBy(2)));
        assertThat(letter(state)).isEqualTo('.');
        // The base still fires: the last minute is judged anew, and counts as if it had been so from the beginning.
        RuleEvaluator.Verdict changed = evaluator.judge(
                state, windows.subList(2, 3), samples("999").subList(2, 3), w -> 1, NOON.plus(MINUTE.multipliedBy(2)));
        assertThat(letter(changed.state())).isEqualTo('F');
    }

    @Test
    void twoRowsWithTheSameLabelsAreAnError() {
        List<Sample> twice = new ArrayList<>(samples("9"));
        twice.addAll(samples("1"));
        assertThatThrownBy(() -> new RuleEvaluator(rule, NOON).judge(fresh(), List.of(NOON), twice, w -> 1, NOON))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two rows of 2026-01-01T12:00:00Z have the labels {host=a} (group by them, or add a string"
                        + " column that tells them apart)");
    }

    @Test
    void aFailingQueryKeepsAlertsAsTheyAre() {
        RuleState state = judge(fresh(), "9", 1).state();
        RuleEvaluator.Verdict failed = new RuleEvaluator(rule, NOON).failed(state, NOON.plus(MINUTE), "no such table");
        assertThat(failed.transitions()).isEmpty();
        assertThat(letter(failed.state())).isEqualTo('F');
        assertThat(failed.state().problem()).contains("no such table");
    }

    @Test
    void aFailingQueryIsAnAlertOfItsOwnWhereTheRuleWantsOne() {
        rule = rule(Optional.empty(), 0, 0, Rule.NoData.OK, Rule.OnError.ALERT, 0);
        RuleState state = judge(fresh(), "9", 1).state();
        RuleEvaluator.Verdict failed = new RuleEvaluator(rule, NOON).failed(state, NOON.plus(MINUTE), "no such table");
        assertThat(failed.transitions()).hasSize(1);
        assertThat(failed.transitions().get(0).labels())
                .isEqualTo(new TreeMap<>(Map.of("alertname", "High", "tideline_reason", "error", "severity", "page")));
        RuleEvaluator.Verdict again =
                new RuleEvaluator(rule, NOON).failed(failed.state(), NOON.plus(MINUTE), "no such table");
        assertThat(again.transitions()).isEmpty();
        RuleEvaluator.Verdict well = judge(again.state(), "99", 1);
        assertThat(well.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.RESOLVED);
        assertThat(letter(well.state())).isEqualTo('F');
    }

    @Test
    void aRuleThatNeverSawAnythingIsAnAlertWhereSilenceIsTheAlarm() {
        rule = rule(Optional.empty(), 0, 0, Rule.NoData.ALERT, Rule.OnError.KEEP, 0);
        RuleEvaluator.Verdict silent = judge(fresh(), "-", 1);
        assertThat(silent.transitions()).hasSize(1);
        assertThat(silent.transitions().get(0).labels()).containsEntry("tideline_reason", "no_data");
        RuleEvaluator.Verdict heard = judge(silent.state(), "-1", 1);
        assertThat(heard.transitions()).extracting(Transition::kind).containsExactly(Transition.Kind.RESOLVED);
        assertThat(heard.state().instances())
                .noneMatch(instance -> instance.shown().isFiring());
    }

    @Test
    void labelsAndAnnotationsAreRendered() {
        Transition told = judge(fresh(), "9", 1).transitions().get(0);
        assertThat(told.labels())
                .isEqualTo(new TreeMap<>(Map.of("alertname", "High", "host", "a", "severity", "page")));
        assertThat(told.annotations()).isEqualTo(new TreeMap<>(Map.of("summary", "a is at 9")));
        assertThat(told.value()).contains(9.0);
    }

    private static List<Instant> minutes(int count) {
        return Windows.between(NOON, NOON.plus(MINUTE.multipliedBy(count)), MINUTE);
    }

    private String step(String values) {
        StringBuilder states = new StringBuilder();
        RuleState state = fresh();
        for (int i = 1; i <= values.length(); i++) {
            state = judge(state, values.substring(0, i), 1).state();
            states.append(letter(state));
        }
        return states.toString();
    }

    private RuleEvaluator.Verdict judge(RuleState state, String values, double completenessOfTheLast) {
        Instant last = NOON.plus(MINUTE.multipliedBy(values.length() - 1));
        return new RuleEvaluator(rule, NOON)
                .judge(
                        state,
                        Windows.between(NOON, last.plusMillis(1), MINUTE),
                        samples(values),
                        window -> window.equals(last) ? completenessOfTheLast : 1,
                        NOON);
    }

    private static List<Sample> samples(String values) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < values.length(); i++) {
            if (values.charAt(i) != '-') {
                samples.add(new Sample(HOST, NOON.plus(MINUTE.multipliedBy(i)), values.charAt(i) - '0', true));
            }
        }
        return samples;
    }

    private char letter(RuleState state) {
        return state.instances().stream()
                .filter(instance -> instance.labels().equals(HOST))
                .map(instance -> instance.shown().state())
                .map(s -> s == AlertState.State.FIRING ? 'F' : s == AlertState.State.PENDING ? 'P' : '.')
                .findFirst()
                .orElse('.');
    }

    private RuleState fresh() {
        return RuleState.fresh(rule.id(), NOON);
    }

    private static SortedMap<String, String> labels(String host) {
        return new TreeMap<>(Map.of("host", host));
    }

    private static Rule rule(
            Optional<Condition> resolve,
            int pendingMinutes,
            int keepMinutes,
            Rule.NoData noData,
            Rule.OnError onError,
            double minCompleteness) {
        return new Rule(
                "hosts",
                "High",
                "SELECT",
                MINUTE,
                Condition.parse("> 8").orElseThrow(),
                resolve,
                MINUTE.multipliedBy(pendingMinutes),
                MINUTE.multipliedBy(keepMinutes),
                noData,
                onError,
                minCompleteness,
                1000,
                new TreeMap<>(Map.of("severity", "page")),
                new TreeMap<>(Map.of("summary", "{{ $labels.host }} is at {{ $value }}")));
    }
}
