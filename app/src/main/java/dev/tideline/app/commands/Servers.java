package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.RunningParts;
import dev.tideline.lake.Lake;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.Topics;
import dev.tideline.serve.ClientJobs;
import dev.tideline.serve.ClientSessions;
import dev.tideline.serve.ConnectServer;
import dev.tideline.serve.JdbcServer;
import dev.tideline.serve.ReadOnlySession;
import dev.tideline.serve.http.HttpServer;
import dev.tideline.serving.Access;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** JDBC, Spark Connect and HTTP over one session that only reads, whatever else the process does. */
public final class Servers {
    private static final Duration VIEWS = Duration.ofSeconds(10);

    private static final Duration ASKED_AGAIN = Duration.ofSeconds(1);

    private final ClientSessions clients;
    private final Lake lake;
    private final Config config;
    private final ServeOptions options;
    private final Console console;
    private final RunningParts running;
    private Optional<URI> http = Optional.empty();

    private Servers(
            ClientSessions clients, Config config, ServeOptions options, Console console, RunningParts running) {
        this.clients = clients;
        this.lake = clients.lake(Access.WHOLE);
        this.config = config;
        this.options = options;
        this.console = console;
        this.running = running;
    }

    /**
     * Opens them and says where they are.
     *
     * @param session started with {@link ServeOptions#settings}
     * @param running keeps what was started
     * @return where HTTP answers to a client on this machine; empty without HTTP
     */
    public static Optional<URI> open(
            Session session, Config config, ServeOptions options, Console console, RunningParts running) {
        ClientSessions clients = running.keep(ClientSessions.of(session.lake(), VIEWS));
        return new Servers(clients, config, options, console, running).open();
    }

    private Optional<URI> open() {
        running.keep(ClientJobs.watch(lake.spark().sparkContext(), ReadOnlySession.MOST));
        options.doors().forEach(this::open);
        console.out().println("views    " + String.join(", ", clients.views(Access.WHOLE)));
        console.out().flush();
        return http;
    }

    private void open(ServeOptions.Door door) {
        String at = options.host() + ":";
        switch (door) {
            case jdbc -> {
                running.keep(JdbcServer.start(clients, options.users()));
                at = "jdbc     jdbc:hive2://" + at + options.port(door);
            }
            case connect -> {
                running.keep(ConnectServer.start(clients, options.tokens(console.environment())));
                at = "connect  sc://" + at + options.port(door);
            }
            case http -> {
                Topics topics = running.keep(new Topics(config.kafka()));
                HttpServer server = running.keep(HttpServer.start(
                        options.http(),
                        lake,
                        config.kafka(),
                        options.tokens(console.environment()),
                        new Remembered<>(ASKED_AGAIN, () -> status(topics)),
                        ServedQueries.of(clients),
                        options.timeout()));
                http = Optional.of(local(server.port()));
                at = "http     http://" + at + server.port() + "/";
            }
            default -> throw new AssertionError(door);
        }
        console.out().println(at);
    }

    /** An address that stands for all of this machine's is listened to, and not asked. */
    private URI local(int port) {
        InetAddress listening = options.http().getAddress();
        InetAddress asked = listening.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : listening;
        try {
            return new URI("http", null, asked.getHostAddress(), port, null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was answered last, however many ask, until it is older than {@code most}. */
    private static final class Remembered<T> implements Supplier<T> {
        private final Duration most;
        private final Supplier<T> asked;
        private T answer;
        private long at;

        Remembered(Duration most, Supplier<T> asked) {
            this.most = most;
            this.asked = asked;
        }

        @Override
        public synchronized T get() {
            if (answer == null || System.nanoTime() - at > most.toNanos()) {
                answer = asked.get();
                at = System.nanoTime();
            }
            return answer;
        }
    }

    private List<FeedHealth> status(Topics topics) {
        return FeedHealth.of(
                lake.ledgers(),
                FeedHealth.declared(lake.ledgers()),
                topics,
                Instant.now(),
                LocalDate.now(ZoneOffset.UTC));
    }
}
