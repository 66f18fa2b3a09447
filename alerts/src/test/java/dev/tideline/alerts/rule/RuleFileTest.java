package dev.tideline.alerts.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleFileTest {
    private static final String QUERY = "SELECT window_start, avg AS value FROM metrics_1m";

    @TempDir
    private Path folder;

    @Test
    void readsEveryKey() {
        RuleFile file = RuleFile.parse("host.yaml", """
                groups:
                  - name: host
                    interval: 30s
                    lookback: 2h
                    revisit: 10m
                    rules:
                      - alert: HostCpuHigh
                        expr: |
                          SELECT window_start, avg AS value FROM metrics_1m
                        window: 5m
                        condition: "> 0.9"
                        resolve_when: "< 0.8"
                        for: 2m
                        keep_firing_for: 1m
                        no_data: alert
                        on_error: alert
                        min_completeness: 0.5
                        limit: 10
                        labels: { severity: critical, tier: 1 }
                        annotations: { summary: "{{ $labels.host }} is at {{ $value }}" }
                """);

        assertThat(file.problems()).isEmpty();
        assertThat(file.groups()).singleElement().satisfies(group -> {
            assertThat(group.name()).isEqualTo("host");
            assertThat(group.interval()).isEqualTo(Duration.ofSeconds(30));
            assertThat(group.lookback()).isEqualTo(Duration.ofHours(2));
            assertThat(group.revisit()).isEqualTo(Duration.ofMinutes(10));
            assertThat(group.rules())
                    .containsExactly(new Rule(
                            "host",
                            "HostCpuHigh",
                            QUERY,
                            Duration.ofMinutes(5),
                            new Condition(Condition.Operator.ABOVE, 0.9),
                            Optional.of(new Condition(Condition.Operator.BELOW, 0.8)),
                            Duration.ofMinutes(2),
                            Duration.ofMinutes(1),
                            Rule.NoData.ALERT,
                            Rule.OnError.ALERT,
                            0.5,
                            10,
                            new TreeMap<>(Map.of("severity", "critical", "tier", "1")),
                            new TreeMap<>(Map.of("summary", "{{ $labels.host }} is at {{ $value }}"))));
        });
    }

    @Test
    void fillsInWhatIsLeftOut() {
        RuleFile file = RuleFile.parse("host.yaml", group(rule("")));

        assertThat(file.problems()).isEmpty();
        RuleGroup group = file.groups().get(0);
        assertThat(group.interval()).isEqualTo(Duration.ofSeconds(15));
        assertThat(group.lookback()).isEqualTo(Duration.ofHours(1));
        assertThat(group.revisit()).isEqualTo(Duration.ofMinutes(5));
        assertThat(group.rules())
                .containsExactly(new Rule(
                        "host",
                        "HostCpuHigh",
                        QUERY,
                        Duration.ofMinutes(1),
                        new Condition(Condition.Operator.ABOVE, 0.9),
                        Optional.empty(),
                        Duration.ZERO,
                        Duration.ZERO,
                        Rule.NoData.OK,
                        Rule.OnError.KEEP,
                        0,
                        1000,
                        new TreeMap<>(),
                        new TreeMap<>()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT window_start, avg AS value FROM metrics_1h | PT1H
            SELECT window_start, avg AS value FROM metrics_1m WHERE metric = 'load_average_1h' | PT1M
            SELECT m.window_start, m.avg AS value FROM metrics_1m m JOIN metrics_1h h ON m.series_id = h.series_id | PT1M
            SELECT * FROM metrics_1m | PT1M
            WITH w AS (SELECT * FROM metrics_1h) SELECT min(window_start) AS window_start, 1 AS value FROM w | PT1H
            SELECT count(*) AS value FROM metrics_1m WHERE window_start >= :from | PT15S
            SELECT sum(lag) AS value FROM pipeline_streams | PT15S
            SELECT * FROM pipeline_streams | PT15S
            SELECT 1D AS value | PT15S
            """)
    void takesTheWindowFromTheQuery(String expr, Duration window) {
        RuleFile file = RuleFile.parse("host.yaml", group("""
                      - alert: A
                        expr: "%s"
                        condition: "> 0.9"
                """.formatted(expr)));

        assertThat(file.problems()).isEmpty();
        assertThat(file.groups().get(0).rules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.window()).isEqualTo(window));
    }

    @ParameterizedTest
    @CsvSource({"> 0.9,0", ">= 0.9,0", "< 0.9,1", "<= 0.9,1", "== 0,1", "!= 0,1"})
    void waitsForCompleteWindowsWhereMoreEventsCouldUndoTheCondition(String condition, double completeness) {
        RuleFile file = RuleFile.parse("host.yaml", group(rule("").replace("> 0.9", condition)));

        assertThat(file.groups().get(0).rules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.minCompleteness()).isEqualTo(completeness));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            limit: 0                      | limit is "0" (1 to 100000 instances)
            limit: many                   | limit is "many" (1 to 100000 instances)
            min_completeness: 2           | min_completeness is "2" (a share from 0 to 1)
            for: soon                     | for is "soon" (a number and ms, s, m, h, d or y, such as 5m)
            keep_firing_for: -1m          | keep_firing_for is "-1m" (a number and ms, s, m, h, d or y, such as 5m)
            window: 0s                    | window is "0s" (longer than nothing, such as 1m)
            window: 2h                    | window is 2h (at most the group's lookback, which is 1h)
            no_data: fire                 | no_data is "fire" (ok or alert or keep)
            on_error: ok                  | on_error is "ok" (keep or alert)
            severity: high                | there is no key severity (alert, expr, window, condition, resolve_when, for, keep_firing_for, no_data, on_error, min_completeness, limit, labels, annotations)
            labels: critical              | labels is "critical" (a map, such as { severity: critical })
            labels: { my-team: a }        | labels has "my-team" (a name of letters, digits and _, no digit first)
            labels: { alertname: a }      | labels has "alertname" (another name: this one is Tideline's own)
            labels: { a: [ b ] }          | labels.a is a list (text)
            labels: { a: }                | labels.a is "null" (text)
            annotations: { s: "{{ $x }}" }| annotations.s is "{{ $x }}" (only {{ $labels.name }} and {{ $value }} can be put in)
            resolve_when: low             | resolve_when is "low" (a comparison with a number, such as < 0.8)
            resolve_when: "> 0.8"         | resolve_when is "> 0.8" (a condition that does not hold where condition does, which is > 0.9)
            resolve_when: "> 0.95"        | resolve_when is "> 0.95" (a condition that does not hold where condition does, which is > 0.9)
            resolve_when: "!= 0.9"        | resolve_when is "!= 0.9" (a condition that does not hold where condition does, which is > 0.9)
            """)
    void saysWhatIsWrongWithAKeyOfARule(String key, String problem) {
        RuleFile file = RuleFile.parse("host.yaml", group(rule(key)));

        assertThat(file.problems()).containsExactly("host.yaml: group host, rule HostCpuHigh: " + problem);
        assertThat(file.groups().get(0).rules()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"<= 0.9", "< 0.8", "== 0.5"})
    void takesAnyResolveWhenThatDoesNotHoldWithTheCondition(String resolveWhen) {
        assertThat(RuleFile.parse("host.yaml", group(rule("resolve_when: \"" + resolveWhen + "\"")))
                        .problems())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            interval: 0s    | interval is "0s" (longer than nothing, such as 15s)
            lookback: long  | lookback is "long" (a number and ms, s, m, h, d or y, such as 5m)
            revisit: 2h     | revisit is "2h" (at most lookback, which is 1h)
            every: 1m       | there is no key every (name, interval, lookback, revisit, rules)
            """)
    void leavesOutAGroupWhoseOwnKeysAreWrong(String key, String problem) {
        RuleFile file =
                RuleFile.parse("host.yaml", group(rule("")).replace("    rules:", "    " + key + "\n    rules:"));

        assertThat(file.problems()).containsExactly("host.yaml: group host: " + problem);
        assertThat(file.groups()).isEmpty();
    }

    @Test
    void keepsTheGoodRulesOfAFileWithBadOnes() {
        RuleFile file = RuleFile.parse(
                "host.yaml",
                group(rule("") + rule("").replace("HostCpuHigh", "Bad").replace("> 0.9", "9") + rule("")
                        + "      - alert: a/b\n      - just text\n"
                        + "      - { alert: Insert, expr: INSERT INTO t VALUES (1), condition: \"> 1\" }\n"));

        assertThat(file.groups().get(0).rules()).extracting(Rule::name).containsExactly("HostCpuHigh");
        assertThat(file.problems())
                .containsExactly(
                        "host.yaml: group host, rule Bad: condition is \"9\""
                                + " (a comparison with a number, such as > 0.9)",
                        "host.yaml: group host, rule HostCpuHigh: alert is \"HostCpuHigh\""
                                + " (a name that no other rule of the group has)",
                        "host.yaml: group host, rule a/b: alert is \"a/b\" (a name, without / in it)",
                        "host.yaml: group host, rule a/b: expr is missing (SQL over the views, with a column value)",
                        "host.yaml: group host, rule a/b: condition is missing"
                                + " (a comparison with a number, such as > 0.9)",
                        "host.yaml: group host, rule : it is \"just text\" (a map with alert, expr and condition)",
                        "host.yaml: group host, rule Insert: expr is no query: Syntax error at or near 'INSERT'"
                                + " (line 1, pos 0) (one SELECT, or WITH … SELECT)");
    }

    @Test
    void refusesAWindowForAQueryWithoutOne() {
        assertThat(RuleFile.parse("host.yaml", group(rule("window: 5m").replace("window_start,", "")))
                        .problems())
                .containsExactly("host.yaml: group host, rule HostCpuHigh: window is \"5m\""
                        + " (none: the query has no column window_start, so each evaluation is one)");
    }

    @Test
    void hasOneProblemWithWhatIsNoRuleFile() {
        assertThat(RuleFile.parse("a.yaml", "groups: [").problems())
                .singleElement()
                .asString()
                .startsWith("a.yaml: line 1: not YAML: ")
                .endsWith(" (conditions and templates stand in quotes)");
        assertThat(RuleFile.parse("a.yaml", "").problems())
                .containsExactly("a.yaml: there are no groups in it (groups: [ { name: …, rules: [ … ] } ])");
        assertThat(RuleFile.parse("a.yaml", "groups: []\ngroups: []").isReadable())
                .isFalse();
    }

    @Test
    void readsAllFilesOfAFolderButTests() throws IOException {
        write("a.yaml", group(rule("")));
        write(
                "b.yml",
                group(rule("")).replace("name: host", "name: other")
                        + group(rule("")).replace("groups:\n", ""));
        write("a.test.yaml", "tests: []");
        write("notes.txt", "none");

        RuleFiles files = RuleFiles.of(Optional.of(folder));

        assertThat(files.groups()).extracting(RuleGroup::name).containsExactly("host", "other");
        assertThat(files.problems())
                .containsExactly("b.yml: group host: name is \"host\" (another name: a.yaml has this group)");
    }

    @Test
    void readsAgainWhatHasChangedWhileRunning() throws IOException {
        write("a.yaml", group(rule("")));
        RuleFiles files = RuleFiles.of(Optional.of(folder));
        assertThat(files.reload()).isFalse();

        write("a.yaml", group(rule("for: 1m")));
        write("b.yaml", group(rule("")).replace("name: host", "name: other"));
        assertThat(files.reload()).isTrue();
        assertThat(files.groups().get(0).rules().get(0).pendingFor()).isEqualTo(Duration.ofMinutes(1));
        assertThat(files.groups()).hasSize(2);

        Files.delete(folder.resolve("b.yaml"));
        assertThat(files.reload()).isTrue();
        assertThat(files.groups()).hasSize(1);
    }

    @Test
    void keepsTheRulesOfAFileThatCanNoLongerBeRead() throws IOException {
        write("a.yaml", group(rule("")));
        RuleFiles files = RuleFiles.of(Optional.of(folder));

        write("a.yaml", "groups: [");
        assertThat(files.reload()).isTrue();
        assertThat(files.groups()).hasSize(1);
        assertThat(files.problems())
                .singleElement()
                .asString()
                .startsWith("a.yaml: line 1: not YAML: ")
                .endsWith("; its earlier rules stay");
        assertThat(files.reload()).isFalse();

        write("a.yaml", group(rule("")));
        assertThat(files.reload()).isTrue();
        assertThat(files.problems()).isEmpty();
    }

    @Test
    void keepsAllRulesWhileTheFolderCannotBeRead() throws IOException {
        write("a.yaml", group(rule("")));
        RuleFiles files = RuleFiles.of(Optional.of(folder));
        Files.move(folder, folder.resolveSibling("away"));

        assertThat(files.reload()).isTrue();
        assertThat(files.groups()).hasSize(1);
        assertThat(files.problems())
                .containsExactly(folder + ": cannot be read, its earlier rules stay: NoSuchFileException " + folder);
        Files.move(folder.resolveSibling("away"), folder);
    }

    @Test
    void readsAFileAnewOnlyWhenItsStampHasChanged() throws IOException {
        write("a.yaml", group(rule("for: 1m")));
        FileTime then = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
        Files.setLastModifiedTime(folder.resolve("a.yaml"), then);
        RuleFiles files = RuleFiles.of(Optional.of(folder));

        write("a.yaml", group(rule("for: 2m")));
        Files.setLastModifiedTime(folder.resolve("a.yaml"), then);

        assertThat(files.reload()).as("same size, same time").isFalse();
    }

    @Test
    void cannotUseAFolderWithoutRules() {
        assertThatThrownBy(() -> RuleFiles.of(Optional.of(folder)))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot use rules: there is no *.yaml file in " + folder);
        Path nowhere = folder.resolve("nowhere");
        assertThatThrownBy(() -> RuleFiles.of(Optional.of(nowhere)))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot read the rule files in " + nowhere + ": NoSuchFileException " + nowhere);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static String group(String rules) {
        return "groups:\n  - name: host\n    rules:\n" + rules;
    }

    private static String rule(String key) {
        return """
                      - alert: HostCpuHigh
                        expr: %s
                        condition: "> 0.9"
                        %s
                """.formatted(QUERY, key);
    }
}
