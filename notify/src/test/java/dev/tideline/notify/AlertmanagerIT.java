package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tideline.notify.Transition.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Alertmanager, which tells a server of what we told it. */
@Tag("lane-b")
class AlertmanagerIT {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    private Process process;
    private Peer receiver;
    private String url;

    @BeforeEach
    void start() throws Exception {
        Optional<Path> binary = binary();
        Assumptions.assumeTrue(
                binary.isPresent(),
                "skipped: no prometheus-alertmanager or alertmanager on PATH (Debian: apt-get install prometheus-alertmanager)");
        receiver = Peer.thatAnswers(200);
        int port = freePort();
        url = "http://127.0.0.1:" + port;
        Path config = dir.resolve("alertmanager.yml");
        Files.writeString(config, """
                route:
                  receiver: hook
                  group_by: [alertname]
                  group_wait: 3s
                  group_interval: 1s
                  repeat_interval: 1h
                receivers:
                  - name: hook
                    webhook_configs:
                      - url: %s/hook
                        send_resolved: true
                inhibit_rules:
                  - source_matchers: [severity = critical]
                    target_matchers: [severity = warning]
                    equal: [alertname, host]
                """.formatted(receiver.url()));
        process = new ProcessBuilder(
                        binary.get().toString(),
                        "--config.file=" + config,
                        "--storage.path=" + dir.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--cluster.listen-address=")
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log").toFile())
                .start();
        await().atMost(LONG).ignoreExceptions().until(() -> get("/-/ready").statusCode() == 200);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            receiver.close();
        }
    }

    private static Optional<Path> binary() {
        return Stream.of(System.getenv("PATH").split(":"))
                .flatMap(folder ->
                        Stream.of("prometheus-alertmanager", "alertmanager").map(Path.of(folder)::resolve))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Outcome send(Transition transition, Duration resolveTimeout) throws InterruptedException {
        Alertmanager receiver = new Alertmanager(URI.create(url), resolveTimeout);
        HttpSender wire = HttpSender.of(Transitions.channel("am", receiver), Clock.systemUTC());
        return receiver.delivery(transition, wire).attempt();
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private static Transition alert(String host, Kind kind, Instant startsAt) {
        return alert(host, "critical", kind, startsAt);
    }

    private static Transition alert(String host, String severity, Kind kind, Instant startsAt) {
        return Transitions.with(
                Transitions.transition(host, kind, startsAt, now()),
                Map.of("alertname", "HostCpu", "host", host, "severity", severity),
                Map.of("summary", "CPU of " + host));
    }

    private List<JsonNode> notifications() {
        return receiver.requests.stream().map(r -> json(r.body())).toList();
    }

    private static JsonNode json(String text) {
        try {
            return new JsonMapper().readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode awaitNotification(int n) {
        await().atMost(LONG).untilAsserted(() -> assertThat(notifications()).hasSizeGreaterThanOrEqualTo(n));
        return notifications().get(n - 1);
    }

    @Test
    void groupsTwoAlertsAndResolvesThem() throws Exception {
        Instant start = now().minusSeconds(120);
        Duration resolveTimeout = Duration.ofMinutes(4);
        assertThat(send(alert("db-1", Kind.FIRING, start), resolveTimeout)).isEqualTo(Outcome.delivered());
        assertThat(send(alert("db-2", Kind.FIRING, start), resolveTimeout)).isEqualTo(Outcome.delivered());

        JsonNode firing = awaitNotification(1);
        assertThat(firing.path("status").asText()).isEqualTo("firing");
        assertThat(firing.path("alerts")).hasSize(2);
        assertThat(firing.at("/groupLabels/alertname").asText()).isEqualTo("HostCpu");
        assertThat(firing.at("/alerts/0/labels/host").asText()).isEqualTo("db-1");
        assertThat(firing.at("/alerts/0/annotations/summary").asText()).isEqualTo("CPU of db-1");

        send(alert("db-1", Kind.RESOLVED, start), resolveTimeout);
        send(alert("db-2", Kind.RESOLVED, start), resolveTimeout);
        await().atMost(LONG)
                .until(() -> notifications()
                        .get(notifications().size() - 1)
                        .path("status")
                        .asText()
                        .equals("resolved"));
        assertThat(get("/api/v2/alerts").body().strip()).isEqualTo("[]");
    }

    @Test
    void fireOnBeyondTheirEndWhileTheyAreSaidAgain() throws Exception {
        Instant start = now().minusSeconds(60);
        Duration resolveTimeout = Duration.ofSeconds(8);
        send(alert("db-1", Kind.FIRING, start), resolveTimeout);
        awaitNotification(1);
        await().atMost(LONG).pollInterval(Duration.ofSeconds(1)).until(() -> {
            send(alert("db-1", Kind.REFRESH, start), resolveTimeout);
            return now().isAfter(start.plusSeconds(60 + 20));
        });
        assertThat(notifications()).as("nothing new to say").hasSize(1);
        JsonNode firing = json(get("/api/v2/alerts").body());
        assertThat(firing).hasSize(1);
        assertThat(Instant.parse(firing.at("/0/startsAt").asText())).isEqualTo(start);

        JsonNode forgotten = awaitNotification(2);
        assertThat(forgotten.path("status").asText()).as("nobody says it again").isEqualTo("resolved");
    }

    @Test
    void aWarningIsInhibitedByACriticalAlertOfTheSameHost() throws Exception {
        Instant start = now().minusSeconds(60);
        Duration resolveTimeout = Duration.ofMinutes(4);
        send(alert("db-1", "critical", Kind.FIRING, start), resolveTimeout);
        send(alert("db-1", "warning", Kind.FIRING, start), resolveTimeout);
        JsonNode firing = awaitNotification(1);
        assertThat(firing.path("alerts")).hasSize(1);
        assertThat(firing.at("/alerts/0/labels/severity").asText()).isEqualTo("critical");
        assertThat(json(get("/api/v2/alerts?inhibited=true").body())).hasSize(2);
    }
}
