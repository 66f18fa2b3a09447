package dev.tideline.alerts.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFile;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.types.StructType;

/**
 * A file of rule tests, in the shape of those of {@code promtool test rules}.
 *
 * @param groups of the rule files that it names
 */
record RuleCheckFile(String name, List<RuleGroup> groups, List<Case> cases) {
    /**
     * One test.
     *
     * @param since from when on the rules are judged; from the first row's window, if empty
     */
    record Case(
            String name, Optional<Instant> since, SortedMap<String, ViewRows> rows, List<Expectation> expectations) {}

    /** What is pending or fires of an alert at a moment. */
    record Expectation(Instant at, String alert, List<Expected> instances) {}

    /**
     * One instance.
     *
     * @param labels without {@code alertname}
     * @param value any, if empty
     */
    record Expected(SortedMap<String, String> labels, String state, Optional<Double> value) {
        @Override
        public String toString() {
            return state + " " + labels + value.map(v -> " at " + v).orElse("");
        }
    }

    /**
     * The tests of {@code file}.
     *
     * @throws CannotException listing every problem of it and of its rule files
     */
    static RuleCheckFile read(Path file, SortedMap<String, StructType> views) {
        return new Reader(file, views).read();
    }

    /** Reads one file and notes all that is wrong with it. */
    private static final class Reader {
        private final Path file;
        private final SortedMap<String, StructType> views;
        private final List<String> problems = new ArrayList<>();
        private String where = "";

        Reader(Path file, SortedMap<String, StructType> views) {
            this.file = file;
            this.views = views;
        }

        RuleCheckFile read() {
            JsonNode root = tree(text(file));
            known(root, "rule_files", "tests");
            List<RuleGroup> groups = new ArrayList<>();
            if (!root.path("rule_files").isArray() || root.path("rule_files").isEmpty()) {
                problem("rule_files names none (a list, such as [ host.yaml ], relative to this file)");
            }
            for (JsonNode name : root.path("rule_files")) {
                RuleFile rules =
                        RuleFile.parse(name.asText(), text(file.toAbsolutePath().resolveSibling(name.asText())));
                problems.addAll(rules.problems());
                groups.addAll(rules.groups());
            }
            List<Case> cases = new ArrayList<>();
            if (!root.path("tests").isArray() || root.path("tests").isEmpty()) {
                problem("there are no tests (tests: [ { name: …, rows: { … }, expect: [ … ] } ])");
            }
            root.path("tests").forEach(node -> cases.add(test(node, groups)));
            if (!problems.isEmpty()) {
                throw CannotException.of("Cannot test rules by " + file + ":", problems);
            }
            return new RuleCheckFile(String.valueOf(file.getFileName()), groups, cases);
        }

        private String text(Path path) {
            try {
                return Files.readString(path);
            } catch (IOException e) {
                throw new CannotException(
                        "Cannot test rules by " + file + ": cannot read " + path.normalize() + ", "
                                + e.getClass().getSimpleName(),
                        e);
            }
        }

        private JsonNode tree(String text) {
            try {
                return Yaml.read(text);
            } catch (YamlException e) {
                throw new CannotException("Cannot test rules by " + file + ": " + e.getMessage(), e);
            }
        }

        private Case test(JsonNode node, List<RuleGroup> groups) {
            String name = node.path("name").asText("");
            where = "test \"" + name + "\": ";
            known(node, "name", "since", "rows", "expect");
            SortedMap<String, ViewRows> rows = new TreeMap<>();
            node.path("rows").properties().forEach(e -> rows(e.getKey(), e.getValue(), rows));
            List<Expectation> expectations = new ArrayList<>();
            node.path("expect").forEach(expect -> expectations.add(expectation(expect, groups)));
            if (expectations.isEmpty()) {
                problem("it expects nothing (expect: [ { at: …, alert: …, instances: [ … ] } ])");
            }
            Optional<Instant> since = node.has("since") ? Optional.of(instant(node, "since")) : Optional.empty();
            return new Case(name, since, rows, expectations);
        }

        private void rows(String view, JsonNode node, SortedMap<String, ViewRows> rows) {
            if (!views.containsKey(view)) {
                problem("there is no view " + view + " (" + String.join(", ", views.keySet()) + ")");
                return;
            }
            try {
                rows.put(view, ViewRows.of(view, views.get(view), node));
            } catch (IllegalArgumentException e) {
                problem("rows of " + view + ": " + e.getMessage());
            }
        }

        private Expectation expectation(JsonNode node, List<RuleGroup> groups) {
            known(node, "at", "alert", "instances");
            String alert = node.path("alert").asText("");
            List<String> alerts = groups.stream()
                    .flatMap(group -> group.rules().stream())
                    .map(Rule::name)
                    .toList();
            if (!alerts.contains(alert)) {
                problem("there is no alert \"" + alert + "\" (" + String.join(", ", alerts) + ")");
            }
            if (!node.path("instances").isArray()) {
                problem("instances of " + alert + " are missing (a list, [] when nothing is pending or fires)");
            }
            List<Expected> instances = new ArrayList<>();
            node.path("instances").forEach(instance -> instances.add(instance(instance)));
            return new Expectation(instant(node, "at"), alert, instances);
        }

        private Expected instance(JsonNode node) {
            known(node, "labels", "state", "value");
            SortedMap<String, String> labels = new TreeMap<>();
            node.path("labels")
                    .properties()
                    .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
            String state = node.path("state").asText("firing");
            if (!List.of("firing", "pending").contains(state)) {
                problem("state is \"" + state + "\" (firing or pending)");
            }
            JsonNode value = node.path("value");
            if (!value.isMissingNode() && !value.isNumber()) {
                problem("value is \"" + value.asText() + "\" (a number)");
            }
            return new Expected(labels, state, value.isNumber() ? Optional.of(value.asDouble()) : Optional.empty());
        }

        private Instant instant(JsonNode node, String key) {
            try {
                return Instant.parse(node.path(key).asText());
            } catch (DateTimeException e) {
                problem(key + " is \"" + node.path(key).asText() + "\" (a time, such as \"2026-01-01T00:00:00Z\")");
                return Instant.EPOCH;
            }
        }

        private void known(JsonNode node, String... keys) {
            node.fieldNames().forEachRemaining(key -> {
                if (!List.of(keys).contains(key)) {
                    problem("there is no key " + key + " (" + String.join(", ", keys) + ")");
                }
            });
        }

        private void problem(String what) {
            problems.add(where + what);
        }
    }
}
