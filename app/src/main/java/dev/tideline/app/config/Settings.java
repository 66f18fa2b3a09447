package dev.tideline.app.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration as it was written: the file, above it the environment, above that {@code --set}. Keys are dotted; a file
 * may nest them ({@code trigger: { speed: 5s }} is {@code trigger.speed}).
 */
public final class Settings {
    private static final String DEFAULT_FILE = "tideline.yaml";

    private final Map<String, Setting> byKey = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * The settings of the file, the environment and {@code --set}.
     *
     * @param file what {@code --config} names; else TIDELINE_CONFIG, else {@code tideline.yaml} in this folder if there is one
     * @param sets {@code key=value} each
     */
    public static Settings of(Optional<Path> file, Map<String, String> environment, List<String> sets) {
        Settings settings = new Settings();
        Optional<Path> named = named(file, environment);
        Path present = file(file, environment);
        if (named.isPresent() || Files.exists(present)) {
            settings.read(present);
        }
        settings.take(environment);
        settings.set(sets);
        return settings;
    }

    /** The file that is read if it is there. */
    public static Path file(Optional<Path> file, Map<String, String> environment) {
        return named(file, environment).orElse(Path.of(DEFAULT_FILE));
    }

    private static Optional<Path> named(Optional<Path> file, Map<String, String> environment) {
        return file.or(
                () -> Optional.ofNullable(environment.get("TIDELINE_CONFIG")).map(Path::of));
    }

    /** {@code --set} alone, for a command that needs no file. */
    public static Settings of(List<String> sets) {
        Settings settings = new Settings();
        settings.set(sets);
        return settings;
    }

    public Settings with(String key, String value, String source) {
        byKey.put(key, new Setting(key, value, source, Path.of("")));
        return this;
    }

    public Optional<Setting> get(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    public Collection<Setting> all() {
        return byKey.values();
    }

    /** What could not even be read. */
    public List<String> problems() {
        return problems;
    }

    private void read(Path file) {
        try {
            JsonNode root = Yaml.read(Files.readString(file));
            if (root.isMissingNode() || root.isNull()) {
                return;
            }
            if (!root.isObject()) {
                problems.add(file + ": it is not a map of keys (lake: …, kafka: …)");
                return;
            }
            Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
            flatten("", root, file.toString(), folder);
        } catch (YamlException e) {
            problems.add(file + ": " + e.getMessage());
        } catch (IOException e) {
            problems.add(file + ": cannot be read" + (Files.exists(file) ? "" : ", there is no such file")
                    + " (--config names the file that tideline dev writes, or one of yours)");
        }
    }

    private void flatten(String prefix, JsonNode node, String source, Path folder) {
        node.properties().forEach(e -> {
            String key = prefix + e.getKey();
            JsonNode value = e.getValue();
            if (value.isObject()) {
                flatten(key + ".", value, source, folder);
            } else if (value.isArray()) {
                problems.add(
                        source + ": " + key + "=" + Setting.shown(key, value.toString()) + " (one value, not a list)");
            } else if (byKey.putIfAbsent(key, new Setting(key, value.asText(""), source, folder)) != null) {
                problems.add(source + ": " + key + " (stands twice)");
            }
        });
    }

    /** TIDELINE_TRIGGER_SPEED is {@code trigger.speed}; what is no key of ours belongs to somebody else and is left alone. */
    private void take(Map<String, String> environment) {
        environment.forEach((name, value) -> Config.KEYS.stream()
                .filter(key -> name.equals(variable(key)))
                .findFirst()
                .or(() -> passedThrough(name))
                .ifPresent(key -> byKey.put(key, new Setting(key, value, "environment " + name, Path.of("")))));
    }

    private static String variable(String key) {
        return "TIDELINE_" + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    private static Optional<String> passedThrough(String name) {
        boolean ours = name.startsWith("TIDELINE_KAFKA_") || name.startsWith("TIDELINE_SPARK_");
        return ours
                ? Optional.of(name.substring("TIDELINE_".length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '.'))
                : Optional.empty();
    }

    private void set(List<String> sets) {
        for (String set : sets) {
            int equals = set.indexOf('=');
            if (equals < 1) {
                problems.add("--set " + set + " (key=value)");
            } else {
                String key = set.substring(0, equals).trim();
                byKey.put(key, new Setting(key, set.substring(equals + 1), "--set", Path.of("")));
            }
        }
    }

    /**
     * Refuses settings with problems, all of them at once.
     *
     * @throws CannotException listing {@code more} and everything that could not be read
     */
    public void refuse(List<String> more) {
        List<String> all = new ArrayList<>(problems);
        all.addAll(more);
        if (!all.isEmpty()) {
            throw CannotException.of("Cannot use the configuration:", all);
        }
    }
}
