package dev.tideline.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tideline alerts}. */
@Command(
        name = "alerts",
        description = "Threshold alerts over the views: checks, tests, evaluates and delivers them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AlertsRunCommand.class,
            AlertsNotifyCommand.class,
            AlertsListCommand.class,
            AlertsHistoryCommand.class,
            AlertsReplayCommand.class,
            AlertsCheckCommand.class,
            AlertsTestCommand.class
        },
        footerHeading = "%nConfiguration:%n",
        footer = {
            "  alerts.rules     folder of rule files (default: the shipped ones)",
            "  alerts.channels  file of channels (default: none, alerts only go to the topic and the tables)",
            "  alerts.topic     Kafka topic that alerts are told to (default: alerts)"
        })
final class AlertsCommand implements Runnable {
    @ParentCommand
    private Tideline tideline;

    @Spec
    private CommandSpec spec;

    Tideline tideline() {
        return tideline;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
