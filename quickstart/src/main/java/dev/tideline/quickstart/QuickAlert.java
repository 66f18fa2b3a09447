package dev.tideline.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tideline.app.config.Config;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.LocalAlerts;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.Pace;
import dev.tideline.embedded.Sent;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An alert on a burst: one ad is clicked until it fires, then no more until it is resolved; shows what a webhook receives. */
final class QuickAlert implements AutoCloseable {
    private static final Duration MOST = Duration.ofMinutes(2);
    private static final int CLICKS_PER_SECOND = 100;
    /** In ten seconds. */
    private static final int LIMIT = 200;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintWriter out;
    private final Console console;
    private final Dev dev;
    private final Path dir;
    private final HttpServer hook;
    private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();

    private QuickAlert(Console console, Dev dev, Path dir) throws IOException {
        this.console = console;
        this.out = console.out();
        this.dev = dev;
        this.dir = Files.createDirectories(dir);
        this.hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/hook", this::receive);
        hook.start();
    }

    /** Whether the alert fired, was received, and was resolved. */
    static boolean run(Console console, Dev dev, ClickSender sender, Path dir)
            throws IOException, InterruptedException {
        try (QuickAlert alert = new QuickAlert(console, dev, dir)) {
            return alert.run(sender);
        }
    }

    private boolean run(ClickSender sender) throws IOException, InterruptedException {
        try (LocalAlerts running = LocalAlerts.start(dev.session().lake(), config(), console, true)) {
            Thread burst = new Thread(
                    () -> sender.send(clicks(), Long.MAX_VALUE, Pace.realTime(), ClickSender.Receipt.NONE), "burst");
            burst.start();
            boolean fired = receives("firing");
            burst.interrupt();
            burst.join();
            return fired && receives("resolved");
        }
    }

    /** Of one ad, with ids that no others have. */
    private static Iterator<Sent> clicks() {
        Instant now = Instant.now();
        return ClickGenerator.of(
                Clicks.seeded(now.toEpochMilli())
                        .with(new Clicks.Population(1, 0, 1, 1, 1, 1000))
                        .with(new Clicks.Traffic(CLICKS_PER_SECOND, 0))
                        .with(Clicks.Disorder.NONE),
                now);
    }

    private Config config() throws IOException {
        Path rules = Files.createDirectories(dir.resolve("rules"));
        Files.writeString(rules.resolve("burst.yaml"), """
                groups:
                  - name: quickstart
                    interval: 2s
                    lookback: 10m
                    revisit: 10s
                    rules:
                      - alert: AdClickBurst
                        expr: |
                          SELECT window(event_time, '10 seconds').start AS window_start, CAST(ad_id AS STRING) AS ad,
                            count(*) AS value
                          FROM clicks_events
                          WHERE event_date >= CAST(:from AS DATE) AND event_time >= :from AND event_time < :to
                          GROUP BY 1, 2
                        window: 10s
                        condition: "> %d"
                        labels: { severity: warning }
                        annotations: { summary: "ad {{ $labels.ad }} was clicked {{ $value }} times in 10 s" }
                """.formatted(LIMIT));
        Path channels = dir.resolve("channels.yaml");
        Files.writeString(
                channels,
                "channels:\n  local: { type: webhook, url: \"http://127.0.0.1:%d/hook\" }\n"
                        .formatted(hook.getAddress().getPort()));
        return dev.configWith(Map.of("alerts.rules", rules.toString(), "alerts.channels", channels.toString()));
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
        hook.stop(0);
    }
}
