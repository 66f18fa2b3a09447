package dev.tideline.alerts.rule;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import dev.tideline.feed.ViewName;
import dev.tideline.protocol.Durations;
import dev.tideline.rollup.Grain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the YAML of one rule file and notes everything that is wrong with it at once. */
final class RuleReader {
    static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");

    /** Labels that Tideline sets itself. */
    static final Set<String> OWN_LABELS = Set.of("alertname", Rule.REASON);

    private static final Pattern NAME = Pattern.compile("[^/\\p{Cntrl}]{1,200}");
    private static final Pattern LITERAL = Pattern.compile("'[^']*'|\"[^\"]*\"");
    private static final String DURATION = "a number and ms, s, m, h, d or y, such as 5m";
    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration LOOKBACK = Duration.ofHours(1);
    private static final Duration REVISIT = Duration.ofMinutes(5);
    private static final int LIMIT = 1000;

    private final String file;
    private final List<String> problems = new ArrayList<>();
    private String where = "";

    RuleReader(String file) {
        this.file = file;
    }

    RuleFile read(String text) {
        JsonNode root;
        try {
            root = Yaml.read(text);
        } catch (YamlException e) {
            return RuleFile.unreadable(file, e.getMessage() + " (conditions and templates stand in quotes)");
        }
        if (!root.path("groups").isArray()) {
            return RuleFile.unreadable(file, "there are no groups in it (groups: [ { name: …, rules: [ … ] } ])");
        }
        known(root, "groups");
        List<RuleGroup> groups = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        root.path("groups").forEach(node -> group(node, names).ifPresent(groups::add));
        return new RuleFile(file, groups, problems, true);
    }

    private Optional<RuleGroup> group(JsonNode node, Set<String> names) {
        String name = node.path("name").asText("");
        where = "group " + name + ": ";
        int before = problems.size();
        if (!node.isObject()) {
            problem("it is " + said(node) + " (a map with name and rules)");
            return Optional.empty();
        }
        known(node, "name", "interval", "lookback", "revisit", "rules");
        name(node, "name");
        if (!names.add(name)) {
            problem("name is " + said(node.path("name")) + " (a name that no other group of the file has)");
        }
        Duration interval = positive(node, "interval", INTERVAL);
        Duration lookback = positive(node, "lookback", LOOKBACK);
        Duration revisit = duration(node, "revisit", REVISIT.compareTo(lookback) < 0 ? REVISIT : lookback);
        if (revisit.compareTo(lookback) > 0) {
            problem("revisit is " + said(node.path("revisit")) + " (at most lookback, which is " + text(lookback)
                    + ")");
        }
        if (!node.path("rules").isArray()) {
            problem("rules " + is(node.path("rules")) + " (a list: [ { alert: …, expr: …, condition: … } ])");
        }
        if (problems.size() > before) {
            return Optional.empty();
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> alerts = new TreeSet<>();
        for (JsonNode rule : node.path("rules")) {
            rule(rule, name, interval, lookback, alerts)
                    .filter(sound -> seesSilence(sound, revisit))
                    .ifPresent(rules::add);
        }
        return Optional.of(new RuleGroup(name, interval, lookback, revisit, rules));
    }

    /** An instance is missed as long as a window with its row is still judged beside one without. */
    private boolean seesSilence(Rule rule, Duration revisit) {
        boolean sees = rule.noData() != Rule.NoData.ALERT
                || !RuleQuery.namesWindow(rule.expr())
                || revisit.compareTo(rule.window().multipliedBy(2)) >= 0;
        if (!sees) {
            problem("no_data is alert (the group's revisit, " + text(revisit) + ", must be two windows of "
                    + text(rule.window()) + " at least)");
        }
        return sees;
    }

    private Optional<Rule> rule(JsonNode node, String group, Duration interval, Duration lookback, Set<String> alerts) {
        String name = node.path("alert").asText("");
        where = "group " + group + ", rule " + name + ": ";
        int before = problems.size();
        if (!node.isObject()) {
            problem("it is " + said(node) + " (a map with alert, expr and condition)");
            return Optional.empty();
        }
        known(
                node,
                "alert",
                "expr",
                "window",
                "condition",
                "resolve_when",
                "for",
                "keep_firing_for",
                "no_data",
                "on_error",
                "min_completeness",
                "limit",
                "labels",
                "annotations");
        name(node, "alert");
        if (!alerts.add(name)) {
            problem("alert is " + said(node.path("alert")) + " (a name that no other rule of the group has)");
        }
        String expr = expr(node.path("expr"));
        Duration window = window(node, expr, interval, lookback);
        Optional<Condition> condition = condition(node, "condition", "> 0.9");
        if (condition.isEmpty() && node.path("condition").isMissingNode()) {
            problem("condition is missing (a comparison with a number, such as > 0.9)");
        }
        Optional<Condition> resolveWhen = condition(node, "resolve_when", "< 0.8");
        if (condition.isPresent() && resolveWhen.isPresent() && meet(condition.get(), resolveWhen.get())) {
            problem("resolve_when is " + said(node.path("resolve_when"))
                    + " (a condition that does not hold where condition does, which is " + condition.get() + ")");
        }
        Rule rule = new Rule(
                group,
                name,
                expr,
                window,
                condition.orElse(new Condition(Condition.Operator.ABOVE, 0)),
                resolveWhen,
                duration(node, "for", Duration.ZERO),
                duration(node, "keep_firing_for", Duration.ZERO),
                choice(node, "no_data", Rule.NoData.OK),
                choice(node, "on_error", Rule.OnError.KEEP),
                share(node, condition.map(c -> c.isRaisedByMore() ? 0.0 : 1.0).orElse(0.0)),
                limit(node),
                texts(node, "labels", OWN_LABELS),
                texts(node, "annotations", Set.of()));
        return problems.size() > before ? Optional.empty() : Optional.of(rule);
    }

    private String expr(JsonNode node) {
        String expr = node.isTextual() ? node.asText().strip() : "";
        if (expr.isEmpty()) {
            problem("expr " + is(node) + " (SQL over the views, with a column value)");
        } else {
            RuleQuery.syntaxProblem(expr).ifPresent(this::problem);
        }
        return expr;
    }

    /** Of a query without {@code window_start}, each evaluation is a window. */
    private Duration window(JsonNode node, String expr, Duration interval, Duration lookback) {
        if (!RuleQuery.namesWindow(expr)) {
            Duration window = positive(node, "window", interval);
            if (!window.equals(interval)) {
                problem("window is " + said(node.path("window"))
                        + " (none: the query has no column window_start, so each evaluation is one)");
            }
            return interval;
        }
        Duration window = positive(node, "window", readsHours(expr) ? Duration.ofHours(1) : Duration.ofMinutes(1));
        if (window.compareTo(lookback) > 0) {
            problem("window is " + text(window) + " (at most the group's lookback, which is " + text(lookback) + ")");
        }
        return window;
    }

    private static boolean readsHours(String expr) {
        Set<String> words = RuleQuery.words(LITERAL.matcher(expr).replaceAll(""));
        Set<Grain> grains = words.stream()
                .flatMap(word -> ViewName.parse(word).stream())
                .flatMap(view -> view.grain().stream())
                .collect(Collectors.toSet());
        return grains.equals(Set.of(Grain.HOUR));
    }

    private Optional<Condition> condition(JsonNode node, String key, String example) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        Optional<Condition> condition = Condition.parse(value.asText());
        if (condition.isEmpty()) {
            problem(key + " is " + said(value) + " (a comparison with a number, such as " + example + ")");
        }
        return condition;
    }

    /** Whether both hold for some value: then an alert would begin and end with each evaluation. */
    private static boolean meet(Condition a, Condition b) {
        return Stream.of(a.threshold(), b.threshold())
                .flatMap(t -> Stream.of(
                        Double.NEGATIVE_INFINITY, Math.nextDown(t), t, Math.nextUp(t), Double.POSITIVE_INFINITY))
                .anyMatch(value -> a.holds(value) && b.holds(value));
    }

    private Duration positive(JsonNode node, String key, Duration otherwise) {
        Duration duration = duration(node, key, otherwise);
        if (duration.isZero()) {
            problem(key + " is " + said(node.path(key)) + " (longer than nothing, such as " + text(otherwise) + ")");
            return otherwise;
        }
        return duration;
    }

    private Duration duration(JsonNode node, String key, Duration otherwise) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return otherwise;
        }
        Optional<Duration> duration = Durations.parse(value.asText());
        if (duration.isEmpty()) {
            problem(key + " is " + said(value) + " (" + DURATION + ")");
        }
        return duration.orElse(otherwise);
    }

    private <E extends Enum<E>> E choice(JsonNode node, String key, E otherwise) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return otherwise;
        }
        E[] all = otherwise.getDeclaringClass().getEnumConstants();
        Optional<E> choice =
                Stream.of(all).filter(one -> text(one).equals(value.asText())).findFirst();
        if (choice.isEmpty()) {
            problem(key + " is " + said(value) + " ("
                    + Stream.of(all).map(RuleReader::text).collect(Collectors.joining(" or ")) + ")");
        }
        return choice.orElse(otherwise);
    }

    private double share(JsonNode node, double otherwise) {
        JsonNode value = node.path("min_completeness");
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isNumber() || value.asDouble() < 0 || value.asDouble() > 1) {
            problem("min_completeness is " + said(value) + " (a share from 0 to 1)");
            return otherwise;
        }
        return value.asDouble();
    }

    private int limit(JsonNode node) {
        JsonNode value = node.path("limit");
        if (value.isMissingNode()) {
            return LIMIT;
        }
        if (!value.isInt() || value.asInt() < 1 || value.asInt() > 100_000) {
            problem("limit is " + said(value) + " (1 to 100000 instances)");
            return LIMIT;
        }
        return value.asInt();
    }

    private SortedMap<String, String> texts(JsonNode node, String key, Set<String> taken) {
        JsonNode map = node.path(key);
        SortedMap<String, String> texts = new TreeMap<>();
        if (!map.isMissingNode() && !map.isObject()) {
            problem(key + " is " + said(map) + " (a map, such as { severity: critical })");
            return texts;
        }
        map.properties().forEach(entry -> {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (!LABEL.matcher(name).matches()) {
                problem(key + " has \"" + name + "\" (a name of letters, digits and _, no digit first)");
            } else if (taken.contains(name)) {
                problem(key + " has \"" + name + "\" (another name: this one is Tideline's own)");
            } else if (!value.isValueNode() || value.isNull()) {
                problem(key + "." + name + " is " + said(value) + " (text)");
            }
            Template.problem(value.asText())
                    .ifPresent(works -> problem(key + "." + name + " is " + said(value) + " (" + works + ")"));
            texts.put(name, value.asText());
        });
        return texts;
    }

    private void name(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (!value.isValueNode() || !NAME.matcher(value.asText("")).matches()) {
            problem(key + " " + is(value) + " (a name, without / in it)");
        }
    }

    private void known(JsonNode node, String... keys) {
        node.fieldNames().forEachRemaining(key -> {
            if (!List.of(keys).contains(key)) {
                problem("there is no key " + key + " (" + String.join(", ", keys) + ")");
            }
        });
    }

    private static String is(JsonNode node) {
        return node.isMissingNode() ? "is missing" : "is " + said(node);
    }

    private static String said(JsonNode node) {
        return node.isValueNode() ? "\"" + node.asText() + "\"" : node.isArray() ? "a list" : "a map";
    }

    private static String text(Enum<?> one) {
        return one.name().toLowerCase(Locale.ROOT);
    }

    private static String text(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private void problem(String what) {
        problems.add(file + ": " + where + what);
    }
}
