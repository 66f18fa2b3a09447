package dev.tideline.app.config;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import dev.tideline.streaming.StreamOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What all commands are told.
 *
 * @param lake root of all tables, a folder or {@code s3a://bucket/prefix}
 * @param feeds folder of feed files; empty for the shipped ones
 * @param kafka settings for Kafka clients, without {@code kafka.}
 * @param spark settings for the session, with {@code spark.}
 * @param speedTrigger time between two micro-batches of the speed stream
 * @param archiveTrigger time between two micro-batches of the archive stream
 * @param maxOffsets most records of one micro-batch
 * @param maxBytes most bytes that are kept of one micro-batch while it is written
 * @param keep how long superseded generations and speed rows stay, for rollback and for running queries
 * @param alertRules folder of rule files; empty for the shipped ones
 * @param alertChannels file of the channels that alerts are delivered by; empty for none
 * @param alertTopic Kafka topic that alerts are told to
 * @param serveHttp where a running {@code serve} answers by HTTP; empty for none
 */
public record Config(
        String lake,
        Optional<Path> feeds,
        Map<String, String> kafka,
        Map<String, String> spark,
        Duration speedTrigger,
        Duration archiveTrigger,
        long maxOffsets,
        long maxBytes,
        Duration keep,
        Optional<Path> alertRules,
        Optional<Path> alertChannels,
        String alertTopic,
        Optional<URI> serveHttp) {
    private static final long LEAST_BYTES = 16 << 20;

    static final List<String> KEYS = List.of(
            "lake",
            "feeds",
            "trigger.speed",
            "trigger.archive",
            "max-offsets",
            "max-bytes",
            "keep",
            "alerts.rules",
            "alerts.channels",
            "alerts.topic",
            "serve.http");

    public Config {
        kafka = Map.copyOf(kafka);
        spark = Map.copyOf(spark);
    }

    /**
     * The configuration that {@code settings} spell.
     *
     * @throws CannotException listing every problem with its source, key, value and what would work
     */
    public static Config of(Settings settings) {
        List<String> problems = new ArrayList<>();
        settings.all().stream()
                .filter(s -> !KEYS.contains(s.key()) && !isPassedThrough(s.key()))
                .map(s -> s.problem("unknown key; there are " + String.join(", ", KEYS) + ", kafka.…, spark.…"))
                .forEach(problems::add);
        Config config = new Config(
                lake(settings, problems),
                folder("feeds", "feed files", settings, problems),
                under("kafka.", "", settings),
                under("spark.", "spark.", settings),
                duration("trigger.speed", Duration.ofSeconds(5), Duration.ofMillis(100), settings, problems),
                duration("trigger.archive", Duration.ofSeconds(30), Duration.ofMillis(100), settings, problems),
                maxOffsets(settings, problems),
                maxBytes(settings, problems),
                duration("keep", Duration.ofDays(3), Duration.ofHours(1), settings, problems),
                folder("alerts.rules", "rule files", settings, problems),
                file("alerts.channels", "channels", settings, problems),
                topic(settings, problems),
                serveHttp(settings, problems));
        settings.refuse(problems);
        return config;
    }

    private static boolean isPassedThrough(String key) {
        return key.startsWith("kafka.") || key.startsWith("spark.");
    }

    private static String lake(Settings settings, List<String> problems) {
        Optional<Setting> lake = settings.get("lake").filter(s -> !s.value().isBlank());
        if (lake.isEmpty()) {
            problems.add("lake is not set (a folder or s3a://bucket/prefix, in tideline.yaml or by --set lake=…; "
                    + "--config names a file such as the one that tideline dev writes)");
            return "";
        }
        String root = lake.get().value();
        if (root.matches("[a-z][a-z0-9]*:/.*")) {
            if (root.matches("s3n?://.*")) {
                problems.add(lake.get().problem("s3a://…, which Hadoop reads S3 by"));
            }
            return root;
        }
        return lake.get().base().resolve(root).toAbsolutePath().normalize().toString();
    }

    private static Optional<Path> folder(String key, String of, Settings settings, List<String> problems) {
        Optional<Path> folder = path(key, settings);
        if (folder.isPresent() && !Files.isDirectory(folder.get())) {
            problems.add(
                    settings.get(key).orElseThrow().problem("a folder of " + of + "; " + folder.get() + " is none"));
        }
        return folder;
    }

    private static Optional<Path> file(String key, String of, Settings settings, List<String> problems) {
        Optional<Path> file = path(key, settings);
        if (file.isPresent() && !Files.isRegularFile(file.get())) {
            problems.add(settings.get(key).orElseThrow().problem("a file of " + of + "; there is no " + file.get()));
        }
        return file;
    }

    private static Optional<Path> path(String key, Settings settings) {
        return settings.get(key)
                .filter(s -> !s.value().isBlank())
                .map(s -> s.base().resolve(s.value()).toAbsolutePath().normalize());
    }

    private static String topic(Settings settings, List<String> problems) {
        Optional<Setting> topic = settings.get("alerts.topic");
        if (topic.isPresent() && !topic.get().value().matches("[a-zA-Z0-9._-]{1,249}")) {
            problems.add(topic.get().problem("a Kafka topic name"));
        }
        return topic.map(Setting::value).orElse("alerts");
    }

    private static Optional<URI> serveHttp(Settings settings, List<String> problems) {
        Optional<Setting> http =
                settings.get("serve.http").filter(s -> !s.value().isBlank());
        if (http.isPresent() && !http.get().value().matches("https?://(\\[[0-9a-fA-F:]+]|[\\w.-]+)(:\\d{1,5})?/?")) {
            problems.add(http.get().problem("http://host:port, where tideline serve answers by HTTP"));
            return Optional.empty();
        }
        return http.map(setting -> URI.create(setting.value()));
    }

    private static Map<String, String> under(String prefix, String kept, Settings settings) {
        return settings.all().stream()
                .filter(s -> s.key().startsWith(prefix))
                .collect(Collectors.toMap(s -> kept + s.key().substring(prefix.length()), Setting::value));
    }

    private static Duration duration(
            String key, Duration otherwise, Duration least, Settings settings, List<String> problems) {
        Optional<Setting> setting = settings.get(key);
        if (setting.isEmpty()) {
            return otherwise;
        }
        Optional<Duration> duration = Durations.parse(setting.get().value()).filter(d -> d.compareTo(least) >= 0);
        if (duration.isEmpty()) {
            problems.add(setting.get().problem("a duration such as 500ms, 5s, 10m, 1h, 3d; at least " + text(least)));
        }
        return duration.orElse(otherwise);
    }

    private static String text(Duration duration) {
        return duration.toSeconds() == 0 ? duration.toMillis() + "ms" : duration.toHours() + "h";
    }

    private static long maxOffsets(Settings settings, List<String> problems) {
        Optional<Setting> setting = settings.get("max-offsets");
        if (setting.isEmpty()) {
            return StreamOptions.of(Map.of(), Duration.ofSeconds(1)).maxOffsets();
        }
        if (!setting.get().value().matches("[1-9][0-9]{0,11}")) {
            problems.add(setting.get().problem("the most records of one micro-batch, such as 2000000"));
            return 1;
        }
        return Long.parseLong(setting.get().value());
    }

    private static long maxBytes(Settings settings, List<String> problems) {
        Optional<Setting> setting = settings.get("max-bytes");
        long otherwise = StreamOptions.of(Map.of(), Duration.ofSeconds(1)).maxBytes();
        if (setting.isEmpty()) {
            return otherwise;
        }
        Matcher size = Pattern.compile("([1-9]\\d{0,5}) ?(MiB|GiB)")
                .matcher(setting.get().value());
        long bytes =
                size.matches() ? Long.parseLong(size.group(1)) << (size.group(2).equals("MiB") ? 20 : 30) : 0;
        if (bytes < LEAST_BYTES) {
            problems.add(
                    setting.get().problem("the most bytes kept of one micro-batch, such as 512MiB; at least 16MiB"));
            return otherwise;
        }
        return bytes;
    }

    /**
     * The settings for Kafka clients.
     *
     * @throws CannotException when they name no broker
     */
    public Map<String, String> requireKafka() {
        if (kafka.getOrDefault("bootstrap.servers", "").isBlank()) {
            throw new CannotException(
                    "Cannot read Kafka: kafka.bootstrap.servers is not set (host:port,…, in tideline.yaml or by --set)");
        }
        return kafka;
    }

    /** The same with more settings for the session, which stand above. */
    public Config withSpark(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(spark);
        all.putAll(more);
        return new Config(
                lake,
                feeds,
                kafka,
                all,
                speedTrigger,
                archiveTrigger,
                maxOffsets,
                maxBytes,
                keep,
                alertRules,
                alertChannels,
                alertTopic,
                serveHttp);
    }

    /** Everything, secrets masked. */
    @Override
    public String toString() {
        Map<String, String> shown = new TreeMap<>();
        kafka.forEach((k, v) -> shown.put("kafka." + k, Setting.shown(k, v)));
        spark.forEach((k, v) -> shown.put(k, Setting.shown(k, v)));
        return "lake=%s feeds=%s trigger.speed=%s trigger.archive=%s max-offsets=%d max-bytes=%d keep=%s %s"
                .formatted(
                        lake,
                        feeds.map(Path::toString).orElse("shipped"),
                        speedTrigger,
                        archiveTrigger,
                        maxOffsets,
                        maxBytes,
                        keep,
                        shown);
    }
}
