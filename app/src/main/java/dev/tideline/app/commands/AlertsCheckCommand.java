package dev.tideline.app.commands;

import dev.tideline.alerts.rule.DeclaredViews;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.AlertFiles;
import dev.tideline.protocol.CannotException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        Console console = alerts.console();
        Config config = common.offline(console.environment());
        RuleFiles files = RuleFiles.of(Optional.ofNullable(rules).or(config::alertRules));
        List<String> problems = new ArrayList<>(files.problems());
        problems.addAll(console.sessions().withoutLake(spark -> problems(spark, config, files)));
        Optional.ofNullable(channels)
                .or(config::alertChannels)
                .ifPresent(file -> problems.addAll(
                        AlertFiles.channels(file, console.environment()).problems()));
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot use all alert rules and channels:", problems);
        }
        for (RuleGroup group : files.groups()) {
            console.out().println(group.name() + ": every " + group.interval().toSeconds() + " s");
            group.rules().forEach(rule -> console.out().println("  " + rule.name() + " " + rule.condition()));
        }
        return 0;
    }

    private static List<String> problems(SparkSession spark, Config config, RuleFiles files) {
        DeclaredViews.register(spark, Feeds.of(config.feeds()).all());
        List<String> problems = new ArrayList<>();
        for (RuleGroup group : files.groups()) {
            for (Rule rule : group.rules()) {
                problems.addAll(RuleQuery.problems(spark, rule));
            }
        }
        return problems;
    }
}
