package dev.tideline.quickstart;

import dev.tideline.app.commands.ServeOptions;
import dev.tideline.app.output.Console;
import dev.tideline.protocol.CannotException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
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
    private static final int MOST_CLICKS = 10_000;

    @ParentCommand
    private Console console;

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

    @Option(
            names = "--clicks",
            paramLabel = "RATE",
            defaultValue = "0",
            description =
                    "Send generated clicks, so many a second: live ones, and before them, where none were sent yet,"
                            + " those since yesterday, a tenth of which come late (default: ${DEFAULT-VALUE}, none).")
    private double clicks;

    @Option(
            names = "--serve",
            description = "Open JDBC, Spark Connect and HTTP beside it, as tideline serve does, at its usual ports.")
    private boolean serve;

    @Override
    public Integer call() throws Exception {
        if (!(clicks >= 0 && clicks <= MOST_CLICKS)) {
            throw new CannotException(
                    "Cannot send clicks: --clicks " + clicks + " (0 for none, at most " + MOST_CLICKS + " a second)");
        }
        if (serve && noStreams) {
            throw new CannotException("Cannot serve without streams: start tideline serve (or leave out --no-streams)");
        }
        Optional<ServeOptions> servers =
                serve ? Optional.of(CommandLine.populateCommand(new ServeOptions())) : Optional.empty();
        return Dev.run(console, local, dir, new Dev.Parts(clicks, !noCollector, !noStreams, !noAlerts, servers));
    }
}
