package dev.tideline.app.process;

import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.app.config.Config;
import dev.tideline.app.output.Console;
import dev.tideline.notify.ChannelFile;
import dev.tideline.notify.Channels;
import dev.tideline.notify.Notifier;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rule files and the channels that the configuration names. */
public final class AlertFiles {
    private AlertFiles() {}

    /** The rules as the files say now; what is wrong with them is said once. */
    public static Supplier<List<RuleGroup>> rules(Config config, Console console) {
        RuleFiles files = RuleFiles.of(config.alertRules());
        Set<String> said = new HashSet<>();
        return () -> {
            files.reload();
            said.retainAll(files.problems());
            files.problems().stream().filter(said::add).forEach(console::say);
            return files.groups();
        };
    }

    /**
     * The channels that can be used.
     *
     * @throws CannotException when the file cannot be read
     */
    public static Channels channels(Path file, Map<String, String> environment) {
        try {
            return ChannelFile.parse(file.getFileName().toString(), Files.readString(file), environment);
        } catch (IOException e) {
            throw new CannotException("Cannot read the channels " + file + ": " + Causes.line(e), e);
        }
    }

    /**
     * Looks before anything is started whether there is a channel to deliver by.
     *
     * @throws CannotException when the configuration names a file, and none of its channels can be used
     */
    public static void check(Config config, Map<String, String> environment) {
        config.alertChannels().ifPresent(file -> usable(file, channels(file, environment)));
    }

    private static Channels usable(Path file, Channels channels) {
        if (channels.good().isEmpty()) {
            throw new CannotException("Cannot deliver alerts: no channel of " + file + " can be used"
                    + String.join(
                            "", channels.problems().stream().map(p -> "; " + p).toList()));
        }
        return channels;
    }

    /**
     * Delivery by all channels that can be used; the others are said.
     *
     * @throws CannotException when there is none
     */
    public static Notifier notifier(Config config, Console console) {
        Path file = config.alertChannels().orElseThrow();
        Channels channels = channels(file, console.environment());
        channels.problems().forEach(console::say);
        usable(file, channels);
        return Notifier.start(config.requireKafka(), config.alertTopic(), channels.good());
    }
}
