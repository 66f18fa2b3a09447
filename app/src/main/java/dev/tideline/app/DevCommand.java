package dev.tideline.app;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline dev}. */
@Command(
        name = "dev",
        description =
                "Kafka, S3, the streams of all feeds and the alerts on this machine, in the foreground until Ctrl-C.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  tideline dev --dir my-lake                  then, once it says ready, in another terminal:",
            "  tideline query --config my-lake/tideline.yaml \"SHOW VIEWS\"",
            "What is in the folder survives a restart."
        })
final class DevCommand implements Callable<Integer> {
    @ParentCommand
    private Tideline tideline;

    @Mixin
    private LocalOptions local;

    @Option(
            names = "--dir",
            paramLabel = "FOLDER",
            defaultValue = ".tideline/dev",
            description = "Where everything is kept (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--no-collector", description = "Do not measure this machine.")
    private boolean noCollector;

    @Option(names = "--no-streams", description = "Kafka and S3 only; streams run by tideline archive and speed.")
    private boolean noStreams;

    @Option(names = "--no-alerts", description = "Do not evaluate alert rules.")
    private boolean noAlerts;

    @Override
    public Integer call() throws Exception {
        LocalOptions.requireQuickstart("dev");
        return Dev.run(tideline, local, dir, !noCollector, !noStreams, !noAlerts);
    }
}
