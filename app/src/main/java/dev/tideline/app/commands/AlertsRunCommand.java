package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.AlertFiles;
import dev.tideline.app.process.LocalAlerts;
import dev.tideline.app.process.Shutdown;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts run}. */
@Command(
        name = "run",
        description =
                "Evaluates the rules until stopped, and delivers what they find by the configured channels. Rule files"
                        + " are read again when they change.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline alerts run --set alerts.rules=my-rules --set alerts.channels=channels.yaml",
            "  tideline alerts run --no-notify         delivery elsewhere, by tideline alerts notify"
        })
final class AlertsRunCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Option(names = "--no-notify", description = "Only evaluate: another process delivers.")
    private boolean silent;

    @Override
    public Integer call() throws Exception {
        Console console = alerts.console();
        Config config = common.config(console.environment());
        config.requireKafka();
        if (!silent) {
            AlertFiles.check(config, console.environment());
        }
        console.say("starting Spark");
        try (Session session = console.sessions().open(config);
                LocalAlerts running = LocalAlerts.start(session.lake(), config, console, !silent)) {
            Shutdown.first(running::close);
            running.await();
        }
        return 0;
    }
}
