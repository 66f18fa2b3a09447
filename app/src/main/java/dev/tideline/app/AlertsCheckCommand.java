package dev.tideline.app;

import dev.tideline.CannotException;
import dev.tideline.alerts.rule.DeclaredViews;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.table.LakeSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts check}. */
@Command(
        name = "check",
        description =
                "Checks rule files, their queries against the views of the declared feeds, and the channels; lists every"
                        + " problem. Needs neither a lake nor Kafka.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline alerts check --rules my-rules --channels channels.yaml")
final class AlertsCheckCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Option(names = "--rules", paramLabel = "FOLDER", description = "Rule files (default: the configured ones).")
    private Path rules;

    @Option(names = "--channels", paramLabel = "FILE", description = "Channels (default: the configured ones).")
    private Path channels;

    @Override
    public Integer call() {
        Tideline tideline = alerts.tideline();
        Config config = common.offline(tideline.environment());
        RuleFiles files = RuleFiles.of(Optional.ofNullable(rules).or(config::alertRules));
        List<String> problems = new ArrayList<>(files.problems());
        SparkSession spark = LakeSession.local("local[1]", 1, Map.of());
        try {
            DeclaredViews.register(spark, Feeds.of(config.feeds()).all());
            for (RuleGroup group : files.groups()) {
                for (Rule rule : group.rules()) {
                    problems.addAll(RuleQuery.problems(spark, rule));
                }
            }
        } finally {
            spark.stop();
        }
        Optional.ofNullable(channels)
                .or(config::alertChannels)
                .ifPresent(file -> problems.addAll(
                        AlertFiles.channels(file, tideline.environment()).problems()));
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot use all alert rules and channels:", problems);
        }
        for (RuleGroup group : files.groups()) {
            tideline.out().println(group.name() + ": every " + group.interval().toSeconds() + " s");
            group.rules().forEach(rule -> tideline.out().println("  " + rule.name() + " " + rule.condition()));
        }
        return 0;
    }
}
