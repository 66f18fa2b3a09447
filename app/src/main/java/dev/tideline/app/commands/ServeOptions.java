package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.WriteProbe;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import dev.tideline.serve.AccessFile;
import dev.tideline.serve.ConnectServer;
import dev.tideline.serve.JdbcServer;
import dev.tideline.serve.Tokens;
import dev.tideline.serving.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** Where the servers listen, for whom, and what of a session they need. */
public final class ServeOptions {
    /** The ways in. */
    enum Door {
        jdbc,
        connect,
        http
    }

    public static final String TOKEN = "TIDELINE_TOKEN";
    public static final String NO_SPARK =
            "there is no Spark distribution, which JDBC and Spark Connect come with (pip install pyspark==4.2.0, or set "
                    + "SPARK_HOME to a Spark 4.2; HTTP alone needs none: tideline serve --without jdbc --without connect)";
    /** Bytes that a client may send at once. */
    private static final int MOST_REQUEST = 16 << 20;

    private static final String MOST_RESULT = "spark.driver.maxResultSize";
    private static final String AUTHENTICATION = "spark.hadoop.hive.server2.authentication";
    private static final String TRANSPORT = "spark.hadoop.hive.server2.transport.mode";
    /** By which Hive knows the name of whom it let in, as it was written. */
    private static final Set<String> NAMED = Set.of("LDAP", "PAM", "CUSTOM");

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "The address to listen on (default: ${DEFAULT-VALUE}, this machine only).")
    private String host;

    @Option(names = "--jdbc-port", paramLabel = "PORT", defaultValue = "10000", description = "(${DEFAULT-VALUE})")
    private int jdbcPort;

    @Option(names = "--connect-port", paramLabel = "PORT", defaultValue = "15002", description = "(${DEFAULT-VALUE})")
    private int connectPort;

    @Option(names = "--http-port", paramLabel = "PORT", defaultValue = "8080", description = "(${DEFAULT-VALUE})")
    private int httpPort;

    @Option(names = "--without", paramLabel = "DOOR", description = "Leave out ${COMPLETION-CANDIDATES}. Repeatable.")
    private List<Door> without = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "How long an HTTP query may take (default: ${DEFAULT-VALUE}).")
    private String timeout;

    @Option(
            names = "--allow-anyone",
            description = "Listen beyond this machine although nobody is asked for a password.")
    private boolean allowAnyone;

    @Option(
            names = "--allow-writer",
            description = "Listen beyond this machine although the credentials may write to the lake.")
    private boolean allowWriter;

    @Option(
            names = "--access",
            paramLabel = "FILE",
            description = "What each token and each user of JDBC may see; the token of TIDELINE_TOKEN sees everything.")
    private Path access;

    private Optional<AccessFile> declared = Optional.empty();

    Set<Door> doors() {
        Set<Door> doors = EnumSet.allOf(Door.class);
        without.forEach(doors::remove);
        return doors;
    }

    int port(Door door) {
        return door == Door.jdbc ? jdbcPort : door == Door.connect ? connectPort : httpPort;
    }

    String host() {
        return host;
    }

    InetSocketAddress http() {
        return new InetSocketAddress(host, httpPort);
    }

    Duration timeout() {
        return Durations.parse(timeout)
                .filter(duration -> !duration.isZero())
                .orElseThrow(() ->
                        new CannotException("Cannot serve with --timeout " + timeout + ": a duration such as 30s, 5m"));
    }

    static Optional<String> token(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(TOKEN)).filter(token -> !token.isBlank());
    }

    /**
     * Those that HTTP and Spark Connect ask for.
     *
     * @throws CannotException when the file has a problem
     */
    Tokens tokens(Map<String, String> environment) {
        Tokens whole = token(environment).map(Tokens::whole).orElse(Tokens.NONE);
        return declared().map(file -> whole.and(file.tokens())).orElse(whole);
    }

    /**
     * What each user of JDBC may see; empty where all see everything.
     *
     * @throws CannotException when the file has a problem
     */
    Optional<Map<String, Access>> users() {
        return declared().map(AccessFile::users);
    }

    /** Read once, when the server starts. */
    private Optional<AccessFile> declared() {
        if (access != null && declared.isEmpty()) {
            declared = Optional.of(AccessFile.read(access));
        }
        return declared;
    }

    /**
     * Looks at everything that could be wrong before Spark is started.
     *
     * @throws CannotException listing every problem
     */
    public void check(Config config, Map<String, String> environment) {
        timeout();
        Tokens tokens = tokens(environment);
        List<String> problems = new ArrayList<>();
        if (doors().isEmpty()) {
            problems.add("--without leaves nothing to serve");
        }
        if (!JdbcServer.isThere() && (doors().contains(Door.jdbc) || doors().contains(Door.connect))) {
            problems.add(NO_SPARK);
        }
        if (access != null) {
            checkAccess(config, tokens, problems);
        }
        InetAddress address = address(problems);
        if (address != null) {
            doors().forEach(door -> checkFree(door, address, problems));
            if (!address.isLoopbackAddress() && !allowAnyone) {
                doors().forEach(door -> checkGuarded(door, config, tokens, problems));
            }
        }
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot serve:", problems);
        }
    }

    /** That each door knows who asks: the file would say nothing about the others. */
    private void checkAccess(Config config, Tokens tokens, List<String> problems) {
        boolean byToken = doors().contains(Door.connect) || doors().contains(Door.http);
        if (byToken && !tokens.areAsked()) {
            problems.add("--access " + access + " has no tokens, which Spark Connect and HTTP ask for (tokens: …; or "
                    + TOKEN + "; or --without connect --without http)");
        }
        if (doors().contains(Door.jdbc)) {
            if (users().orElseThrow().isEmpty()) {
                problems.add("--access " + access + " has no users, who log in to JDBC (users: …; or --without jdbc)");
            }
            if (!NAMED.contains(authentication(config)) || !"binary".equals(transport(config))) {
                problems.add("--access needs JDBC to ask for a name and a password (" + AUTHENTICATION
                        + ": LDAP, PAM or CUSTOM, by binary transport; or --without jdbc)");
            }
        }
    }

    private static String authentication(Config config) {
        return config.spark().getOrDefault(AUTHENTICATION, "").toUpperCase(Locale.ROOT);
    }

    private static String transport(Config config) {
        return config.spark().getOrDefault(TRANSPORT, "binary").toLowerCase(Locale.ROOT);
    }

    /**
     * That the credentials of a server for other machines only read: what its guards would let through could not do harm.
     *
     * @throws CannotException when they may write to the lake
     */
    void checkReader(Config config) {
        InetAddress address = address(new ArrayList<>());
        if (address != null && !address.isLoopbackAddress() && !allowWriter && WriteProbe.mayWrite(config)) {
            throw new CannotException("Cannot serve beyond this machine: the credentials may write to the lake "
                    + config.lake() + " (those of a user who only reads; or --allow-writer)");
        }
    }

    private InetAddress address(List<String> problems) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            problems.add("--host " + host + " (an address of this machine, such as 127.0.0.1 or 0.0.0.0)");
            return null;
        }
    }

    private void checkFree(Door door, InetAddress address, List<String> problems) {
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(address, port(door)));
        } catch (IOException | IllegalArgumentException e) {
            problems.add("--" + door + "-port " + port(door) + " on " + host + ": " + e.getMessage()
                    + " (a port that is free)");
        }
    }

    private static void checkGuarded(Door door, Config config, Tokens tokens, List<String> problems) {
        boolean guarded =
                door == Door.jdbc ? !List.of("", "NONE", "NOSASL").contains(authentication(config)) : tokens.areAsked();
        if (!guarded) {
            problems.add(door + " beyond this machine would ask nobody for a password ("
                    + (door == Door.jdbc ? AUTHENTICATION + ": LDAP, KERBEROS or CUSTOM" : "set " + TOKEN)
                    + "; --without " + door + "; or --allow-anyone)");
        }
    }

    /** What the Spark context must be started with. */
    public Map<String, String> settings(Config config) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.scheduler.mode", "FAIR");
        // A job whose rows are more than this fails, by whichever door they were asked: it would be the server that
        // ends.
        settings.put(
                MOST_RESULT,
                config.spark()
                        .getOrDefault(
                                MOST_RESULT,
                                Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 8) + "b"));
        settings.put("spark.hadoop.hive.server2.thrift.bind.host", host);
        settings.put("spark.hadoop.hive.server2.thrift.port", Integer.toString(jdbcPort));
        settings.put("spark.hadoop.hive.server2.thrift.max.message.size", Integer.toString(MOST_REQUEST));
        if (doors().contains(Door.connect)) {
            settings.put("spark.connect.grpc.maxInboundMessageSize", Integer.toString(MOST_REQUEST));
            settings.put("spark.connect.grpc.interceptor.classes", ConnectServer.INTERCEPTOR);
            settings.put("spark.connect.grpc.binding.address", host);
            settings.put("spark.connect.grpc.binding.port", Integer.toString(connectPort));
            settings.put("spark.connect.session.planCache.maxSize", "4");
            settings.put("spark.connect.execute.reattachable.observerRetryBufferSize", "4m");
        }
        return settings;
    }
}
