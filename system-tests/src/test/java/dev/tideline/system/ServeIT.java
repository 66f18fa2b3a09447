package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import dev.tideline.app.commands.ServeOptions;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.batch.Recompute;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.embedded.Clicks;
import dev.tideline.feed.Feed;
import dev.tideline.ledger.Stream;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real command in a process of its own, with Spark's servers, an LDAP server to ask and a token; and real clients: Hive's
 * JDBC driver, beeline, PyHive with SQLAlchemy, PySpark by Spark Connect, and HTTP. The Spark distribution and the Python that
 * has the clients are where {@code -Dtideline.spark.home} says; {@code bin/test} sets them up.
 */
@Tag("lane-c")
class ServeIT {
    private static final Path RED_TEAM = Path.of("src/test/resources/red-team.sql");
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final String SPARK_HOME = System.getProperty("tideline.spark.home", "");
    private static final Path RED_TEAM_FEEDS = Path.of("src/test/resources/red-team-feeds.sql");
    private static final String TOKEN = "a-token-of-ours";
    private static final String METRICS = "a-token-for-metrics";
    private static final int CLICKS = 2000;
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path dir;

    private static final Deque<AutoCloseable> RUNNING = new ArrayDeque<>();
    private static LocalStack stack;
    private static Session session;
    private static Feed clicks;
    private static ClickTruth truth;
    private static Config config;
    private static OwnProcess serve;
    private static int jdbc;
    private static int connect;
    private static int http;

    @BeforeAll
    static void serveALakeWithClicksOfYesterday() throws Exception {
        assumeThat(SPARK_HOME)
                .as("-Dtideline.spark.home names no Spark distribution: bin/test sets one up")
                .isNotEmpty();
        stack = keep(LocalStack.withOwnBucket(dir.resolve("stack")));
        Feeds feeds = Feeds.of(Optional.empty());
        stack.createTopics(feeds);
        Path file = stack.write(
                Map.of("trigger.speed", "1s", "trigger.archive", "1s", "spark.sql.shuffle.partitions", "2"));
        config = Config.of(Settings.of(Optional.of(file), Map.of(), List.of()));
        session = keep(Command.SESSIONS.open(config));
        clicks = feeds.named("clicks");
        Arrivals arrivals = keep(new Arrivals(
                ClickGenerator.of(
                        Clicks.seeded(11).with(Clicks.Disorder.NONE),
                        DAY.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC)),
                stack.kafka().bootstrapServers(),
                clicks.topic()));
        arrivals.send(CLICKS);
        truth = arrivals.truth();
        for (Stream stream : Stream.values()) {
            RunningStream running = keep(FeedStream.start(
                    session.lake(), clicks, stream, StreamOptions.of(config.requireKafka(), Duration.ofSeconds(1))));
            running.processAllAvailable();
        }
        serve = keep(serve(file, directory()));
        await().atMost(MOST).until(() -> serve.words().contains("\nready\n") || !serve.isAlive());
        assertThat(serve.isAlive()).as(serve.words()).isTrue();
    }

    @AfterAll
    static void endAll() throws Exception {
        while (!RUNNING.isEmpty()) {
            RUNNING.pop().close();
        }
    }

    private static InMemoryDirectoryServer directory() throws Exception {
        InMemoryDirectoryServerConfig people = new InMemoryDirectoryServerConfig("dc=example");
        people.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("ldap", InetAddress.getLoopbackAddress(), 0, null));
        InMemoryDirectoryServer directory = new InMemoryDirectoryServer(people);
        directory.add("dn: dc=example", "objectClass: top", "objectClass: domain", "dc: example");
        for (String name : List.of("ana", "bob", "mia", "eve")) {
            directory.add(
                    "dn: uid=" + name + ",dc=example",
                    "objectClass: inetOrgPerson",
                    "uid: " + name,
                    "cn: " + name,
                    "sn: " + name,
                    "userPassword: right");
        }
        directory.startListening();
        RUNNING.push(() -> directory.shutDown(true));
        return directory;
    }

    private static OwnProcess serve(Path file, InMemoryDirectoryServer directory) throws IOException {
        jdbc = freePort();
        connect = freePort();
        http = freePort();
        Path access = Files.writeString(dir.resolve("access.yaml"), """
                tokens:
                  - { sha256: %s, feeds: [metrics], raw: true }
                users:
                  - { name: ana, feeds: all, raw: true }
                  - { name: bob, feeds: [clicks] }
                  - { name: mia, feeds: [metrics], raw: true }
                """.formatted(sha256(METRICS)));
        return OwnProcess.tideline(
                dir,
                ":" + SPARK_HOME + "/jars/*",
                Map.of(ServeOptions.TOKEN, TOKEN),
                "serve",
                "--config",
                file.toString(),
                "--jdbc-port",
                Integer.toString(jdbc),
                "--connect-port",
                Integer.toString(connect),
                "--http-port",
                Integer.toString(http),
                "--access",
                access.toString(),
                "--set",
                "spark.hadoop.hive.server2.authentication=LDAP",
                "--set",
                "spark.hadoop.hive.server2.authentication.ldap.url=ldap://127.0.0.1:" + directory.getListenPort(),
                "--set",
                "spark.hadoop.hive.server2.authentication.ldap.baseDN=dc=example");
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void clientsOfEveryKindKeepAnsweringWhileRecomputesPublishAndThenSeeAClick() throws Exception {
        String question = "SELECT sum(CASE WHEN event_date = DATE'" + DAY + "' THEN clicks ELSE 0 END) AS settled, "
                + "sum(CASE WHEN ad_id = 424242 THEN clicks ELSE 0 END) AS fresh FROM clicks_by_ad_1m";
        OwnProcess pyhive = client("pyhive", "127.0.0.1", Integer.toString(jdbc), "ana", "right", question);
        OwnProcess spark = client("connect", "sc://localhost:" + connect + "/;token=" + TOKEN, question);
        AtomicBoolean over = new AtomicBoolean();
        try (Connection connection = jdbc("right")) {
            CompletableFuture<Set<String>> driver = loop(over, () -> ask(connection, question));
            CompletableFuture<Set<String>> web = loop(over, ServeIT::settledAndFreshByHttp);
            for (OwnProcess client : List.of(pyhive, spark)) {
                await().atMost(MOST).until(() -> client.words().contains("answer") || !client.isAlive());
            }

            for (int i = 0; i < 2; i++) {
                Recompute.run(session.lake(), clicks, DAY, Instant.now());
            }
            Payloads.send(
                    stack.kafka().bootstrapServers(),
                    clicks.topic(),
                    "{\"event_id\":\"one more\",\"ad_id\":424242,\"clicked_at\":\"%s\",\"is_valid\":true}"
                            .formatted(Instant.now()));

            String before = counted() + " 0";
            String after = counted() + " 1";
            for (OwnProcess client : List.of(pyhive, spark)) {
                await().atMost(MOST).until(() -> client.words().contains("answer " + after) || !client.isAlive());
                client.endInput();
                assertThat(client.exitCode(MOST)).as(client.words()).isZero();
                assertThat(client.words().lines().filter(line -> line.startsWith("answer ")))
                        .containsExactly("answer " + before, "answer " + after);
            }
            await().atMost(MOST).until(() -> ask(connection, question).equals(after));
            await().atMost(MOST).until(() -> settledAndFreshByHttp().equals(after));
            over.set(true);
            assertThat(driver.get()).isSubsetOf(before, after).contains(before);
            assertThat(web.get()).isSubsetOf(before, after).contains(before);
        }
        assertThat(session.lake().days().day(clicks.name(), DAY).kept()).hasSizeGreaterThanOrEqualTo(2);
    }

    /** All that were sent are valid but those that the generator says are not. */
    private static long counted() {
        return truth.rows(ClickRollup.CLICKS_BY_AD, ClickRollup.Grain.MINUTE).stream()
                .mapToLong(ClickRollup.Row::clicks)
                .sum();
    }

    private static String settledAndFreshByHttp() throws Exception {
        JsonNode settled =
                get("/v1/rollups/clicks_by_ad?from=" + DAY + "T00:00:00Z&to=" + DAY.plusDays(1) + "T00:00:00Z");
        JsonNode fresh = get("/v1/ads/424242/clicks");
        return settled.at("/rows/0/clicks").asLong() + " " + fresh.get("clicks").asLong();
    }

    /** Something that can fail. */
    private interface Asking {
        String ask() throws Exception;
    }

    private static CompletableFuture<Set<String>> loop(AtomicBoolean over, Asking asking) {
        return CompletableFuture.supplyAsync(() -> {
            Set<String> answers = new TreeSet<>();
            while (!over.get()) {
                try {
                    answers.add(asking.ask());
                    Thread.sleep(300); // two cores are for the recompute too
                } catch (Exception e) {
                    throw new AssertionError("a client got an error", e);
                }
            }
            return answers;
        });
    }

    private static OwnProcess client(String... args) {
        List<String> command = new ArrayList<>(List.of(
                python().toString(),
                Path.of("src/test/python/clients.py").toAbsolutePath().toString()));
        command.addAll(List.of(args));
        OwnProcess client = OwnProcess.start(args[0], dir, command, Map.of());
        RUNNING.push(client);
        return client;
    }

    /** The wheel's own environment. */
    private static Path python() {
        return Path.of(SPARK_HOME).resolve("../../../../bin/python").normalize();
    }

    @Test
    void beelineAsksInOneCommand() {
        OwnProcess beeline = beeline(
                "right", "SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1h GROUP BY 1 ORDER BY 2 DESC LIMIT 3");

        assertThat(beeline.exitCode(MOST)).as(beeline.words()).isZero();
        assertThat(beeline.words()).contains("ad_id", "3 rows selected");
    }

    @Test
    void aWrongPasswordOrTokenIsRefused() throws Exception {
        OwnProcess beeline = beeline("wrong", "SELECT 1");
        assertThat(beeline.exitCode(MOST)).isNotZero();
        assertThat(beeline.words()).contains("Error validating the login");
        assertThatThrownBy(() -> jdbc("wrong")).hasMessageContaining("Error validating the login");

        OwnProcess pyhive = client("pyhive", "127.0.0.1", Integer.toString(jdbc), "ana", "wrong", "SELECT 1");
        assertThat(pyhive.exitCode(MOST)).as(pyhive.words()).isNotZero();
        assertThat(pyhive.words().lines().filter(line -> line.startsWith("failed")))
                .anySatisfy(line -> assertThat(line).contains("Error validating the login"));

        OwnProcess spark = client("connect", "sc://localhost:" + connect + "/;token=wrong", "SELECT 1");
        assertThat(spark.exitCode(MOST)).as(spark.words()).isNotZero();
        assertThat(spark.words()).contains("failed: ", "UNAUTHENTICATED");

        for (String path : List.of("/v1/ads/top", "/v1/status")) {
            HttpResponse<String> refused = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
                            .header("Authorization", "Bearer wrong")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("Cannot answer: the token is missing or wrong");
        }
        assertThat(serve.words()).doesNotContain(TOKEN).doesNotContain("right");
    }

    @Test
    void noStatementOfTheRedTeamGetsThroughByJdbc() throws Exception {
        List<String> through = new ArrayList<>();
        for (String line : Files.readAllLines(RED_TEAM)) {
            if (line.startsWith("--")) {
                continue;
            }
            String sql = hostile(line);
            try (Connection connection = jdbc("right");
                    Statement statement = connection.createStatement()) {
                boolean rows = statement.execute(sql);
                if (!rows || !all(statement.getResultSet()).contains("Error occurred during query planning")) {
                    through.add(sql);
                }
            } catch (SQLException e) {
                assertThat(e.getMessage()).as(sql).doesNotContain("a secret");
            }
        }
        assertThat(through).isEmpty();
        try (Connection connection = jdbc("right")) {
            assertThat(ask(connection, "SELECT count(*) > 0 FROM clicks_by_ad_1m"))
                    .isEqualTo("true");
            assertThat(ask(connection, "SELECT '${env:TIDELINE_TOKEN}'")).isEqualTo("${env:TIDELINE_TOKEN}");
        }
    }

    /** Each user with each question: the last column has those whose answer holds the second. */
    @Test
    void aUserOfJdbcSeesTheFeedsOfTheFile() throws Exception {
        String[][] questions = {
            {"SELECT 'seen' FROM clicks_by_ad_1m LIMIT 1", "seen", "ana bob"},
            {"SELECT 'seen' FROM default.clicks_by_ad_1h LIMIT 1", "seen", "ana bob"},
            {"SELECT 'seen' FROM tideline('clicks_by_ad_1h') LIMIT 1", "seen", "ana bob"},
            {"SHOW VIEWS LIKE 'clicks*'", "default", "ana bob"},
            {"SELECT feed FROM tideline_progress LIMIT 1", "clicks", "ana bob"},
            {"SELECT 'seen' FROM clicks_events LIMIT 1", "seen", "ana"},
            {"SELECT 'seen' FROM tideline('clicks_events') LIMIT 1", "seen", "ana"},
            {"SELECT current_database()", "default", "ana bob mia"},
        };
        List<String> wrong = new ArrayList<>();
        for (String user : List.of("ana", "bob", "mia")) {
            try (Connection connection = jdbc(user, "right", "")) {
                for (String[] question : questions) {
                    if (rows(connection, question[0]).contains(question[1])
                            != List.of(question[2].split(" ")).contains(user)) {
                        wrong.add(user + ": " + question[0]);
                    }
                }
                List<String> tables = new ArrayList<>();
                try (ResultSet all = connection.getMetaData().getTables(null, null, "%", null);
                        ResultSet columns = connection.getMetaData().getColumns(null, null, "%", "%")) {
                    while (all.next()) {
                        tables.add(all.getString("TABLE_NAME"));
                    }
                    while (columns.next()) {
                        tables.add(columns.getString("TABLE_NAME"));
                    }
                }
                assertThat(tables.contains("clicks_by_ad_1m")).as(user).isEqualTo(!user.equals("mia"));
                assertThat(tables.contains("clicks_events")).as(user).isEqualTo(user.equals("ana"));
            }
        }
        try (Connection connection = jdbc("mia", "right", "")) {
            for (String sql : Files.readAllLines(RED_TEAM_FEEDS)) {
                if (!sql.startsWith("--") && !rows(connection, sql).isEmpty()) {
                    wrong.add("mia: " + sql);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThatThrownBy(() -> jdbc("eve", "right", ""))
                .hasMessageContaining("the user is not in the file of --access");
        for (String setting : List.of(
                ";hive.server2.proxy.user=ana",
                "?hive.server2.proxy.user=ana",
                "?spark.tideline.lake=" + config.lake() + "/")) {
            try (Connection connection = jdbc("mia", "right", setting)) {
                assertThat(rows(connection, "SELECT * FROM tideline('clicks_by_ad_1m')"))
                        .isEmpty();
            } catch (SQLException e) {
                assertThat(e.getMessage()).as(setting).containsAnyOf("ana", "spark.tideline.lake is set");
            }
        }
    }

    /** All rows, but for EXPLAIN's of an error; nothing where it is refused. */
    private static String rows(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            String rows = statement.execute(sql) ? all(statement.getResultSet()) : "";
            return rows.contains("Error occurred during query planning") ? "" : rows;
        } catch (SQLException e) {
            return "";
        }
    }

    @Test
    void aTokenOfSparkConnectSeesItsFeedsAndItsSessions() throws Exception {
        OwnProcess feeds = client(
                "feeds",
                "sc://localhost:" + connect + "/;token=" + METRICS,
                RED_TEAM_FEEDS.toAbsolutePath().toString());
        OwnProcess join = client("join", "sc://localhost:" + connect + "/", TOKEN, METRICS);
        assertThat(feeds.exitCode(MOST)).as(feeds.words()).isZero();
        assertThat(feeds.words()).contains("tried ").doesNotContain("through");
        assertThat(join.exitCode(MOST)).as(join.words()).isZero();
        assertThat(join.words()).contains("same 3", "other refused True");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.sql.runSQLOnFiles=true",
                "spark.sql.variable.substitute=true",
                "spark.sql.thriftServer.incrementalCollect=false",
                "fs.s3a.endpoint=http://127.0.0.1:9",
            })
    void nothingIsAnsweredOverAConnectionThatSetsAGuard(String setting) throws Exception {
        assertThatThrownBy(() -> {
                    try (Connection connection = jdbc("right", "?" + setting)) {
                        ask(connection, "SELECT '${env:TIDELINE_TOKEN}' +");
                    }
                })
                .hasMessageContaining("while " + setting.replaceAll("=.*", "") + " is set")
                .hasMessageNotContaining(TOKEN);
    }

    @Test
    void nothingOfTheRedTeamGetsThroughBySparkConnect() throws Exception {
        OwnProcess client = client(
                "hostile",
                "sc://localhost:" + connect + "/;token=" + TOKEN,
                RED_TEAM.toAbsolutePath().toString(),
                config.lake() + "/raw/clicks",
                secret().toString());
        assertThat(client.exitCode(MOST)).as(client.words()).isZero();
        assertThat(client.words().lines().filter(line -> line.startsWith("through")))
                .isEmpty();
        assertThat(client.words()).contains("answer True").doesNotContain("a secret");
    }

    /** What Spark collects for a JDBC client as a whole, it does not: the server's memory is a tenth of it. */
    @Test
    void aLongAnswerGoesToAJdbcClientPartByPart() throws Exception {
        try (Connection connection = jdbc("right");
                Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery("SELECT id, repeat('x', 1000) FROM range(3000000)");
            for (int i = 0; i < 1000; i++) {
                assertThat(rows.next()).isTrue();
            }
        }
    }

    /** Each needs more memory than the server has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT count(*) FROM range(3) a LEFT JOIN range(20000000) b ON a.id < b.id",
                "SELECT id FROM range(20000000) ORDER BY id % 7 LIMIT 15000000",
            })
    void aBroadcastOrAnAnswerLargerThanTheMemoryDoesNotEndTheServer(String sql) throws Exception {
        try (Connection connection = jdbc("right");
                Statement statement = connection.createStatement()) {
            statement.executeQuery(sql).next();
        } catch (SQLException e) {
            assertThat(e.getMessage()).containsAnyOf("maxResultSize", "broadcast");
        }
        assertThat(serve.isAlive()).as(serve.words()).isTrue();
        try (Connection connection = jdbc("right")) {
            assertThat(ask(connection, "SELECT count(*) > 0 FROM clicks_by_ad_1m"))
                    .isEqualTo("true");
        }
    }

    private static Path secret() throws IOException {
        return Files.writeString(dir.resolve("secret.txt"), "a secret");
    }

    private static String hostile(String line) throws IOException {
        return line.replace("{table}", config.lake() + "/raw/clicks")
                .replace("{lake}", config.lake())
                .replace("{file}", secret().toString());
    }

    private static String all(ResultSet rows) throws SQLException {
        StringBuilder all = new StringBuilder();
        while (rows.next()) {
            all.append(rows.getString(1)).append('\n');
        }
        return all.toString();
    }

    @Test
    void aFeedThatIsAddedAppears() throws Exception {
        Path feeds = Files.createDirectories(dir.resolve("feeds"));
        Files.writeString(feeds.resolve("orders.yaml"), Readme.read().only("(?s)```yaml\n(feed: orders\n.*?)```"));
        Feed orders = Feeds.of(Optional.of(feeds)).named("orders");
        stack.kafka().createTopic("orders", 1);
        Payloads.send(
                stack.kafka().bootstrapServers(),
                "orders",
                "{\"order_id\":\"a\",\"shop\":\"north\",\"cents\":5,\"ordered_at\":\"%s\"}".formatted(Instant.now()));
        try (RunningStream speed = FeedStream.start(
                        session.lake(),
                        orders,
                        Stream.SPEED,
                        StreamOptions.of(config.requireKafka(), Duration.ofSeconds(1)));
                Connection connection = jdbc("right")) {
            speed.processAllAvailable();
            await().atMost(MOST)
                    .ignoreExceptions()
                    .until(() -> ask(connection, "SELECT sum(cents) FROM orders_by_shop_1m")
                            .equals("5"));
        }
        assertThat(get("/v1/rollups/orders_by_shop?by=shop").at("/rows/0/shop").asText())
                .isEqualTo("north");
    }

    private static HttpResponse<String> send(String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = send(path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static OwnProcess beeline(String password, String sql) {
        OwnProcess beeline = OwnProcess.start(
                "beeline",
                dir,
                List.of(
                        SPARK_HOME + "/bin/beeline",
                        "-u",
                        "jdbc:hive2://127.0.0.1:" + jdbc,
                        "-n",
                        "ana",
                        "-p",
                        password,
                        "-e",
                        sql + ";"),
                Map.of("JAVA_HOME", System.getProperty("java.home"), "SPARK_HOME", SPARK_HOME));
        RUNNING.push(beeline);
        return beeline;
    }

    /** Hive's driver out of the distribution, with nothing of ours beside it. */
    private static Connection jdbc(String password) throws Exception {
        return jdbc(password, "");
    }

    private static Connection jdbc(String password, String settings) throws Exception {
        return jdbc("ana", password, settings);
    }

    private static Connection jdbc(String user, String password, String settings) throws Exception {
        List<URL> jars = new ArrayList<>();
        try (var files = Files.list(Path.of(SPARK_HOME, "jars"))) {
            for (Path jar :
                    files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                jars.add(jar.toUri().toURL());
            }
        }
        ClassLoader alone = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Driver driver = (Driver) alone.loadClass("org.apache.hive.jdbc.HiveDriver")
                .getDeclaredConstructor()
                .newInstance();
        Properties who = new Properties();
        who.setProperty("user", user);
        who.setProperty("password", password);
        return driver.connect("jdbc:hive2://127.0.0.1:" + jdbc + "/default" + settings, who);
    }

    /** The first row, its columns with a blank between. */
    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            List<String> values = new ArrayList<>();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                values.add(String.valueOf(rows.getObject(i)));
            }
            return String.join(" ", values);
        }
    }

    private static <T extends AutoCloseable> T keep(T part) {
        RUNNING.push(part);
        return part;
    }
}
