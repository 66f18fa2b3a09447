package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the configuration comes from: options that every command on a lake has. */
final class CommonOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration (default: $TIDELINE_CONFIG, else tideline.yaml in this folder).")
    private Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One key of the configuration, above the file and the environment. Repeatable.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--verbose", description = "Show the stack trace of a failure.")
    private boolean verbose;

    Config config(Map<String, String> environment) {
        return Config.of(Settings.of(Optional.ofNullable(file), environment, sets));
    }

    /** The same for a command that touches no lake: none need be set. */
    Config offline(Map<String, String> environment) {
        Settings settings = Settings.of(Optional.ofNullable(file), environment, sets);
        return Config.of(settings.get("lake").isPresent() ? settings : settings.with("lake", "none", "offline"));
    }

    /** The folder of the configuration file, where what runs with it leaves its own files. */
    Path folder(Map<String, String> environment) {
        return Settings.file(Optional.ofNullable(file), environment)
                .toAbsolutePath()
                .getParent();
    }

    boolean verbose() {
        return verbose;
    }
}
