package dev.tideline.quickstart;

import dev.tideline.app.output.Console;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline quickstart}. */
@Command(
        name = "quickstart",
        description =
                "Everything on this machine in about a minute and a half: streams real host metrics and generated clicks, settles"
                        + " yesterday, lets late clicks arrive, compares every answer with the known truth, and lets an alert fire.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  tideline quickstart --keep                  leaves it running for your own queries",
            "Ends with 0 when no row differs from the truth, else with 1."
        })
final class QuickstartCommand implements Callable<Integer> {
    @ParentCommand
    private Console console;

    @Mixin
    private LocalOptions local;

    @Option(
            names = "--dir",
            paramLabel = "FOLDER",
            description =
                    "Where everything is kept; new or empty (default: a folder under .tideline, deleted at the end).")
    private Path dir;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "How long live clicks are sent (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--keep", description = "Leave it running, until Ctrl-C, and keep the folder.")
    private boolean keep;

    @Override
    public Integer call() throws Exception {
        local.hurry();
        return Quickstart.run(console, local, Optional.ofNullable(dir), seconds, keep);
    }
}
