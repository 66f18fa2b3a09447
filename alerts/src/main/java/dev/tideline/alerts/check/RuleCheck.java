package dev.tideline.alerts.check;

import dev.tideline.alerts.engine.Instance;
import dev.tideline.alerts.engine.RuleEvaluator;
import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.DeclaredViews;
import dev.tideline.alerts.rule.Health;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.alerts.rule.Sample;
import dev.tideline.alerts.rule.Windows;
import dev.tideline.feed.Feed;
import dev.tideline.protocol.CannotException;
import dev.tideline.spark.DeclaredRelations;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Runs tests of rules: rows in the views, and what is then pending or fires at a moment. Rows are there from their window's
 * start on; all windows that end by then are complete, the running one is not at all. A rule without windows is judged at each
 * of its group's intervals, from {@code since} or the first row on, and without either over the group's lookback.
 */
public final class RuleCheck {
    private final SparkSession session;
    private final SortedMap<String, StructType> schemas;
    private final RuleCheckFile file;

    private RuleCheck(SparkSession session, SortedMap<String, StructType> schemas, RuleCheckFile file) {
        this.session = session;
        this.schemas = schemas;
        this.file = file;
    }

    /**
     * What became of one expectation.
     *
     * @param difference what was expected and what there was instead; empty when it was met
     */
    public record Outcome(String test, Instant at, String alert, Optional<String> difference) {
        /** Whether the expectation was met. */
        public boolean isPassed() {
            return difference.isEmpty();
        }
    }

    /**
     * The outcomes of all expectations of {@code file}, in its order.
     *
     * @param session its own views are left alone
     * @throws CannotException listing every problem of the file, its rule files and their queries
     */
    public static List<Outcome> run(SparkSession session, Path file, Collection<Feed> feeds) {
        return read(session, file, feeds).outcomes(alert -> true, rule -> rule).toList();
    }

    /** The tests of {@code file}, ready to run. */
    public static RuleCheck read(SparkSession session, Path file, Collection<Feed> feeds) {
        SparkSession own = session.newSession();
        RuleQuery.SHORT.forEach(own.conf()::set);
        own.conf().set("spark.sql.shuffle.partitions", "1");
        SortedMap<String, StructType> schemas = DeclaredViews.schemas(feeds);
        DeclaredRelations views = DeclaredViews.of(schemas);
        schemas.forEach(
                (name, schema) -> own.createDataFrame(List.<Row>of(), schema).createOrReplaceTempView(name));
        RuleCheckFile tests = RuleCheckFile.read(file, schemas);
        List<String> problems = tests.groups().stream()
                .flatMap(group -> group.rules().stream())
                .flatMap(rule -> RuleQuery.problems(views, rule).stream())
                .toList();
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot test rules by " + file + ":", problems);
        }
        return new RuleCheck(own, schemas, tests);
    }

    /**
     * The outcomes of what is expected of these alerts, one after the other.
     *
     * @param change what each rule is replaced by: what a test is worth is seen by rules that are not right
     */
    public Stream<Outcome> outcomes(Predicate<String> alerts, UnaryOperator<Rule> change) {
        return file.cases().stream()
                .flatMap(test -> test.expectations().stream()
                        .filter(expectation -> alerts.test(expectation.alert()))
                        .map(expectation -> new Outcome(
                                test.name(),
                                expectation.at(),
                                expectation.alert(),
                                difference(test, expectation, change))));
    }

    private Optional<String> difference(
            RuleCheckFile.Case test, RuleCheckFile.Expectation expectation, UnaryOperator<Rule> change) {
        List<RuleCheckFile.Expected> got = new ArrayList<>();
        try {
            for (RuleGroup group : file.groups()) {
                for (Rule rule : group.rules()) {
                    if (rule.name().equals(expectation.alert())) {
                        got.addAll(instances(group, change.apply(rule), test, expectation.at()));
                    }
                }
            }
        } catch (CannotException | IllegalArgumentException e) {
            return Optional.of("expected " + text(expectation.instances()) + ", got an error: " + e.getMessage());
        }
        return matches(expectation.instances(), got)
                ? Optional.empty()
                : Optional.of("expected " + text(expectation.instances()) + ", got " + text(got));
    }

    private List<RuleCheckFile.Expected> instances(RuleGroup group, Rule rule, RuleCheckFile.Case test, Instant at) {
        Instant since = Windows.holding(
                test.since()
                        .or(() -> test.rows().values().stream()
                                .flatMap(rows -> rows.first().stream())
                                .min(Comparator.naturalOrder()))
                        .orElse(at.minus(group.lookback())),
                rule.window());
        boolean windowed = RuleQuery.isWindowed(session, rule);
        List<Instant> windows = Windows.between(since, windowed ? at : at.plusMillis(1), rule.window());
        List<Sample> samples = windowed ? windowed(rule, test, since, at) : unwindowed(group, rule, test, windows, at);
        RuleEvaluator evaluator = new RuleEvaluator(rule, at);
        RuleState state = evaluator
                .judge(
                        RuleState.fresh(rule.id(), since),
                        windows,
                        samples,
                        window -> windowed && window.plus(rule.window()).isAfter(at) ? 0 : 1,
                        at)
                .state();
        return state.instances().stream()
                .filter(instance -> !instance.shown().isInactive())
                .map(instance -> instance(evaluator, instance))
                .toList();
    }

    private static RuleCheckFile.Expected instance(RuleEvaluator evaluator, Instance instance) {
        Optional<Double> value = instance.shown().value();
        SortedMap<String, String> labels = new TreeMap<>(evaluator.labels(instance.labels(), value));
        labels.remove("alertname");
        return new RuleCheckFile.Expected(
                labels, instance.shown().state().name().toLowerCase(Locale.ROOT), value);
    }

    private List<Sample> windowed(Rule rule, RuleCheckFile.Case test, Instant since, Instant at) {
        show(RuleQuery.views(rule, schemas.keySet()), test, at);
        Instant running = Windows.holding(at, rule.window());
        return RuleQuery.samples(session, rule, since, running.plus(rule.window()), at);
    }

    private List<Sample> unwindowed(
            RuleGroup group, Rule rule, RuleCheckFile.Case test, List<Instant> windows, Instant at) {
        Set<String> views = RuleQuery.views(rule, schemas.keySet());
        if (Health.VIEWS.keySet().containsAll(views)) {
            show(views, test, at); // their rows have no time: they are the same in all windows
            List<Sample> present = RuleQuery.samples(session, rule, at.minus(group.lookback()), at, at);
            return windows.stream()
                    .flatMap(window ->
                            present.stream().map(s -> new Sample(s.labels(), window, s.value(), s.provisional())))
                    .toList();
        }
        List<Sample> samples = new ArrayList<>();
        for (Instant window : windows) {
            show(views, test, window);
            samples.addAll(RuleQuery.samples(session, rule, window.minus(group.lookback()), window, window));
        }
        return samples;
    }

    /** Fills the views with the rows that there are at {@code at}. */
    private void show(Set<String> views, RuleCheckFile.Case test, Instant at) {
        for (String view : views) {
            List<Row> rows = Optional.ofNullable(test.rows().get(view))
                    .map(r -> r.at(at))
                    .orElse(List.of());
            session.createDataFrame(rows, schemas.get(view)).createOrReplaceTempView(view);
        }
    }

    private static boolean matches(List<RuleCheckFile.Expected> expected, List<RuleCheckFile.Expected> got) {
        List<RuleCheckFile.Expected> rest = new ArrayList<>(got);
        for (RuleCheckFile.Expected one : expected) {
            Optional<RuleCheckFile.Expected> same =
                    rest.stream().filter(other -> matches(one, other)).findFirst();
            if (same.isEmpty()) {
                return false;
            }
            rest.remove(same.get());
        }
        return rest.isEmpty();
    }

    private static boolean matches(RuleCheckFile.Expected expected, RuleCheckFile.Expected got) {
        return expected.labels().equals(got.labels())
                && expected.state().equals(got.state())
                && (expected.value().isEmpty() || near(expected.value().get(), got.value()));
    }

    private static boolean near(double expected, Optional<Double> got) {
        return got.isPresent() && Math.abs(got.get() - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
    }

    private static String text(List<RuleCheckFile.Expected> instances) {
        return instances.isEmpty()
                ? "nothing"
                : instances.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
    }
}
