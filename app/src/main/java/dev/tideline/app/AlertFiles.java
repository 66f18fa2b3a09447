package dev.tideline.app;

import dev.tideline.CannotException;
import dev.tideline.Causes;
import dev.tideline.alerts.deliver.ChannelFile;
import dev.tideline.alerts.deliver.Channels;
import dev.tideline.alerts.deliver.Notifier;
import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rule files and the channels that the configuration names. */
final class AlertFiles {
    private AlertFiles() {}

    /** The rules as the files say now; what is wrong with them is said once. */
    static Supplier<List<RuleGroup>> rules(Config config, Tideline tideline) {
        RuleFiles files = RuleFiles.of(config.alertRules());
        Set<String> said = new HashSet<>();
        return () -> {
            files.reload();
            said.retainAll(files.problems());
            files.problems().stream().filter(said::add).forEach(tideline::say);
            return files.groups();
        };
    }

    /**
     * The channels that can be used.
     *
     * @throws CannotException when the file cannot be read
     */
    static Channels channels(Path file, Map<String, String> environment) {
        try {
            return ChannelFile.parse(file.getFileName().toString(), Files.readString(file), environment);
        } catch (IOException e) {
            throw new CannotException("Cannot read the channels " + file + ": " + Causes.line(e), e);
        }
    }

    /**
     * Delivery by all channels that can be used; the others are said.
     *
     * @throws CannotException when there is none
     */
    static Notifier notifier(Config config, Tideline tideline) {
        Path file = config.alertChannels().orElseThrow();
        Channels channels = channels(file, tideline.environment());
        channels.problems().forEach(tideline::say);
        if (channels.good().isEmpty()) {
            throw new CannotException("Cannot deliver alerts: no channel of " + file + " can be used");
        }
        return Notifier.start(config.requireKafka(), config.alertTopic(), channels.good());
    }
}
