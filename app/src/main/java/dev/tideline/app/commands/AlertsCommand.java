package dev.tideline.app.commands;

import dev.tideline.app.output.Console;
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
public final class AlertsCommand implements Runnable {
    @ParentCommand
    private Console console;

    @Spec
    private CommandSpec spec;

    Console console() {
        return console;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
