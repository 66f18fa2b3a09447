package dev.tideline.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tideline.app.config.Config;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.LocalAlerts;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.sql.SparkSession;

/**
 * An alert on this machine's own CPU: makes some load until it fires, then none until it is resolved, and shows what a webhook
 * receives of it. The limit lies halfway between what the CPU does without the load and with it.
 */
final class QuickAlert implements AutoCloseable {
    private static final Duration MOST = Duration.ofMinutes(2);
    private static final int SAMPLES = 8;
    private static final double LEAST_DIFFERENCE = 0.05;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;
    private final PrintWriter out;
    private final Dev dev;
    private final Path dir;
    private final HttpServer hook;
    private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
    private final AtomicBoolean busy = new AtomicBoolean(true);

    private QuickAlert(Console console, Dev dev, Path dir) throws IOException {
        this.console = console;
        this.out = console.out();
        this.dev = dev;
        this.dir = Files.createDirectories(dir);
        this.hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/hook", this::receive);
        hook.start();
    }

    /** Whether an alert fired, was received, and was resolved; a machine on which load makes no difference is told so. */
    static boolean run(Console console, Dev dev, Path dir) throws IOException, InterruptedException {
        try (QuickAlert alert = new QuickAlert(console, dev, dir)) {
            return alert.run();
        }
    }

    private boolean run() throws IOException, InterruptedException {
        double idle = cpu();
        List<Thread> load = load();
        double loaded = cpu();
        if (loaded - idle < LEAST_DIFFERENCE) {
            out.printf(
                    "  left out: this machine is busy by itself (CPU %.0f %% before, %.0f %% under load)%n",
                    100 * idle, 100 * loaded);
            return true;
        }
        double limit = (idle + loaded) / 2;
        out.printf(
                "  host CPU: %.0f %% before, %.0f %% under load; the alert's limit is %.0f %%%n",
                100 * idle, 100 * loaded, 100 * limit);
        out.flush();
        Config config = config(limit);
        try (LocalAlerts running = LocalAlerts.start(dev.session().lake(), config, console, true)) {
            boolean fired = receives("firing");
            busy.set(false);
            for (Thread thread : load) {
                thread.join();
            }
            return fired && receives("resolved");
        }
    }

    private Config config(double limit) throws IOException {
        Path rules = Files.createDirectories(dir.resolve("rules"));
        Files.writeString(rules.resolve("busy.yaml"), """
                groups:
                  - name: quickstart
                    interval: 2s
                    lookback: 10m
                    revisit: 10s
                    rules:
                      - alert: HostCpuBusy
                        expr: |
                          SELECT window(time, '10 seconds').start AS window_start, labels['host'] AS host,
                            avg(value) AS value
                          FROM metrics_events
                          WHERE metric = 'cpu_utilization_ratio' AND time >= :from AND time < :to
                          GROUP BY 1, 2
                        window: 10s
                        condition: "> %s"
                        labels: { severity: warning }
                        annotations: { summary: "{{ $labels.host }} is at {{ $value }}" }
                """.formatted(limit));
        Path channels = dir.resolve("channels.yaml");
        Files.writeString(
                channels,
                "channels:\n  local: { type: webhook, url: \"http://127.0.0.1:%d/hook\" }\n"
                        .formatted(hook.getAddress().getPort()));
        return dev.configWith(Map.of("alerts.rules", rules.toString(), "alerts.channels", channels.toString()));
    }

    /** Mean of the newest samples that are not older than the call. */
    private double cpu() throws InterruptedException {
        Instant since = Instant.now();
        Instant end = since.plus(MOST);
        while (Instant.now().isBefore(end)) {
            Thread.sleep(1000);
            List<Double> values = spark()
                    .sql("SELECT value FROM metrics_events WHERE metric = 'cpu_utilization_ratio'"
                            + " AND event_date >= date_sub(current_date(), 1) AND time >= TIMESTAMP'" + since + "'")
                    .collectAsList()
                    .stream()
                    .map(row -> row.getDouble(0))
                    .toList();
            if (values.size() >= SAMPLES) {
                return values.stream().mapToDouble(d -> d).average().orElseThrow();
            }
        }
        throw new IllegalStateException("no samples of this machine's CPU arrive");
    }

    private SparkSession spark() {
        return dev.session().spark();
    }

    private List<Thread> load() {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread thread = new Thread(
                    () -> {
                        while (busy.get()) {
                            Thread.onSpinWait();
                        }
                    },
                    "load");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return threads;
    }

    private boolean receives(String status) throws InterruptedException {
        long began = System.nanoTime();
        Instant end = Instant.now().plus(MOST);
        while (Instant.now().isBefore(end)) {
            Optional<JsonNode> next = Optional.ofNullable(
                    received.poll(Duration.between(Instant.now(), end).toMillis(), TimeUnit.MILLISECONDS));
            if (next.isPresent() && next.get().path("status").asText().equals(status)) {
                JsonNode alert = next.get().path("alerts").path(0);
                out.printf(
                        "  after %d s the webhook received: %s %s, %s%n",
                        (System.nanoTime() - began) / 1_000_000_000,
                        alert.path("labels").path("alertname").asText(),
                        status,
                        alert.path("annotations").path("summary").asText());
                out.flush();
                return true;
            }
        }
        out.println("  the webhook did not receive that it is " + status + " within " + MOST.toSeconds() + " s");
        return false;
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            received.add(JSON.readTree(exchange.getRequestBody()));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    @Override
    public void close() {
        busy.set(false);
        hook.stop(0);
    }
}
