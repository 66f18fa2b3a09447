package dev.tideline.app.commands;

import dev.tideline.alerts.rule.DeclaredViews;
import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.AlertFiles;
import dev.tideline.protocol.CannotException;
import dev.tideline.spark.DeclaredRelations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts check}. */
@Command(
        name = "check",
        description =
                "Checks rule files, their queries against the views of the declared feeds, and the channels; lists every"
                        + " problem. Needs neither a lake nor Kafka, and starts no Spark.",
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
        DeclaredRelations views = DeclaredViews.of(Feeds.of(config.feeds()).all());
        files.groups().stream()
                .flatMap(group -> group.rules().stream())
                .forEach(rule -> problems.addAll(RuleQuery.problems(views, rule)));
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
}
