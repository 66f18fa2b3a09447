package dev.tideline.alerts.rule;

import java.util.List;

/**
 * What one rule file declares: its sound rules, and what is wrong with the others. A rule with a problem does not take the
 * others of its file with it; a group whose own keys have one does.
 *
 * @param file how messages name it
 * @param problems a line each, with file, group, rule, key, value and what would work
 * @param isReadable whether it could be read at all; else it has one problem
 */
public record RuleFile(String file, List<RuleGroup> groups, List<String> problems, boolean isReadable) {
    public RuleFile {
        groups = List.copyOf(groups);
        problems = List.copyOf(problems);
    }

    /** The rules that {@code text} declares, YAML in the shape of Prometheus' rule files. */
    public static RuleFile parse(String file, String text) {
        return new RuleReader(file).read(text);
    }

    /** Of a file that could not be read. */
    static RuleFile unreadable(String file, String why) {
        return new RuleFile(file, List.of(), List.of(file + ": " + why), false);
    }
}
