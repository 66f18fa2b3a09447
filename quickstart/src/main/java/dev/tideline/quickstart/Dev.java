package dev.tideline.quickstart;

import dev.tideline.app.commands.ServeOptions;
import dev.tideline.app.commands.Servers;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.AlertFiles;
import dev.tideline.app.process.Cost;
import dev.tideline.app.process.LocalAlerts;
import dev.tideline.app.process.RunningParts;
import dev.tideline.app.process.Shutdown;
import dev.tideline.collect.HostCollector;
import dev.tideline.decode.format.HashKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The embedded stack and the streams in the foreground, taken down in the reverse order. */
final class Dev implements AutoCloseable {
    private static final Duration SAMPLE = Duration.ofSeconds(1);

    private final Console console;
    private final LocalOptions local;
    private final RunningParts running;
    private LocalStack stack;
    private Config config;
    private Feeds feeds;
    private Session session;
    private Optional<LocalStreams> streams = Optional.empty();
    private Optional<LocalAlerts> alerts = Optional.empty();
    private Path file;

    private Dev(Console console, LocalOptions local) {
        this.console = console;
        this.local = local;
        this.running = new RunningParts(console);
    }

    /**
     * What runs beside Kafka and S3.
     *
     * @param clicks generated ones, so many a second; 0 for none
     * @param collector measures this machine
     * @param serve what to open beside the streams; empty for nothing
     */
    record Parts(double clicks, boolean collector, boolean streams, boolean alerts, Optional<ServeOptions> serve) {}

    static int run(Console console, LocalOptions local, Path dir, Parts parts) throws InterruptedException {
        Config wanted = wanted(local);
        parts.serve().ifPresent(serve -> serve.check(wanted, console.environment()));
        if (parts.alerts()) {
            AlertFiles.check(wanted, console.environment());
        }
        if (parts.clicks() > 0) {
            DevClicks.requireFeed(Feeds.of(wanted.feeds()));
        }
        if (parts.streams()) {
            Feeds.of(wanted.feeds()).all().forEach(HashKey::of);
        }
        try (Dev dev = start(console, local, dir)) {
            CompletableFuture<Optional<DevClicks>> past = CompletableFuture.supplyAsync(
                    () -> parts.clicks() > 0 ? Optional.of(dev.sendClicks(parts.clicks())) : Optional.empty());
            if (parts.streams()) {
                dev.startSpark(
                        parts.serve().map(serve -> serve.settings(wanted)).orElse(Map.of()));
            }
            Optional<DevClicks> sender = past.join();
            if (parts.streams()) {
                dev.startStreams();
            }
            if (parts.collector()) {
                dev.startCollector();
            }
            sender.ifPresent(DevClicks::goLive);
            parts.serve()
                    .flatMap(serve -> Servers.open(dev.session, dev.config, serve, console, dev.running))
                    .ifPresent(dev::sendQueriesTo);
            if (parts.streams() && parts.alerts()) {
                dev.startAlerts(); // last, since its first evaluation keeps a core busy for seconds
            }
            console.out().println("ready");
            console.out().flush();
            dev.await();
            return 0;
        }
    }

    /** Kafka and S3, topics and bucket, and the file that tells others; says where they are. */
    static Dev start(Console console, LocalOptions local, Path dir) {
        Dev dev = new Dev(console, local);
        Settings settings = local.settings();
        dev.feeds = Feeds.of(wanted(local).feeds());
        Shutdown.first(dev::close);
        try {
            dev.stack = dev.running.keep(local.start(dir.toAbsolutePath().normalize()));
            dev.stack.createTopics(dev.feeds);
            dev.config = Config.of(dev.stack.addTo(settings));
            dev.file = dev.stack.write(dev.chosen());
            dev.running.keep(Cost.measure(dev.file.resolveSibling(Cost.FILE)));
            dev.tell();
            return dev;
        } catch (RuntimeException e) {
            dev.close();
            throw e;
        }
    }

    /** For checks before anything is started: the lake and Kafka come from the stack. */
    private static Config wanted(LocalOptions local) {
        return Config.of(local.settings().with("lake", "none", "dev"));
    }

    private Map<String, String> chosen() {
        Map<String, String> keys = new TreeMap<>();
        config.feeds().ifPresent(folder -> keys.put("feeds", folder.toString()));
        config.alertRules().ifPresent(folder -> keys.put("alerts.rules", folder.toString()));
        config.alertChannels().ifPresent(file -> keys.put("alerts.channels", file.toString()));
        keys.put("trigger.speed", config.speedTrigger().toMillis() + "ms");
        keys.put("trigger.archive", config.archiveTrigger().toMillis() + "ms");
        return keys;
    }

    /** Other commands ask the server while it runs, rather than start Spark. */
    private void sendQueriesTo(URI http) {
        Map<String, String> keys = chosen();
        keys.put("serve.http", http.toString());
        stack.write(keys);
        running.keep(() -> stack.write(chosen()));
    }

    private void tell() {
        console.out()
                .println("Kafka  " + stack.kafka().bootstrapServers() + "  topics "
                        + String.join(
                                ", ",
                                feeds.all().stream().map(feed -> feed.topic()).toList()));
        console.out().println("S3     " + stack.s3().endpoint() + "  lake " + config.lake());
        console.out().println("Config " + file);
        console.out().flush();
    }

    /** Those of the past are sent when it returns. */
    DevClicks sendClicks(double perSecond) {
        return running.keep(DevClicks.start(stack.kafka().bootstrapServers(), perSecond, console));
    }

    void startSpark(Map<String, String> more) {
        console.say("starting Spark and both streams of each feed");
        session = running.keep(console.sessions().open(config.withSpark(more)));
    }

    void startStreams() {
        streams = Optional.of(running.keep(LocalStreams.start(session.lake(), feeds, config)));
    }

    /** Empty where no feed reads what it measures. */
    Optional<HostCollector> startCollector() {
        return feeds.all().stream().anyMatch(feed -> feed.topic().equals("metrics"))
                ? Optional.of(running.keep(HostCollector.start(stack.kafka().bootstrapServers(), "metrics", SAMPLE)))
                : Optional.empty();
    }

    void startAlerts() {
        alerts = Optional.of(running.keep(LocalAlerts.start(session.lake(), config, console, true)));
    }

    void await() throws InterruptedException {
        if (streams.isPresent()) {
            streams.get().await(() -> alerts.ifPresent(LocalAlerts::isActive));
        } else {
            running.await();
        }
    }

    /** The configuration with {@code keys} above it. */
    Config configWith(Map<String, String> keys) {
        Settings settings = stack.addTo(local.settings());
        keys.forEach((key, value) -> settings.with(key, value, "dev"));
        return Config.of(settings);
    }

    Session session() {
        return session;
    }

    LocalStack stack() {
        return stack;
    }

    LocalStreams streams() {
        return streams.orElseThrow();
    }

    Feeds feeds() {
        return feeds;
    }

    Path file() {
        return file;
    }

    @Override
    public void close() {
        running.close();
    }
}
