package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.AlertFiles;
import dev.tideline.app.process.Shutdown;
import dev.tideline.notify.Notifier;
import dev.tideline.protocol.CannotException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts notify}. */
@Command(
        name = "notify",
        description =
                "Delivers alerts from the topic by the configured channels, at least once each, until stopped. Needs"
                        + " Kafka only.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline alerts notify --set alerts.channels=channels.yaml")
final class AlertsNotifyCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Override
    public Integer call() throws Exception {
        Console console = alerts.console();
        Config config = common.config(console.environment());
        if (config.alertChannels().isEmpty()) {
            throw new CannotException(
                    "Cannot deliver alerts: alerts.channels is not set (a file of channels, in tideline.yaml or by --set)");
        }
        try (Notifier notifier = AlertFiles.notifier(config, console)) {
            Shutdown.first(notifier::close);
            notifier.await();
        }
        return 0;
    }
}
