package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.SharedSpark;
import dev.tideline.app.Tideline;
import dev.tideline.app.commands.ServeOptions;
import dev.tideline.app.commands.Servers;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Settings;
import dev.tideline.app.process.RunningParts;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.lake.Lake;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serve.ClientSessions;
import dev.tideline.serve.ReadOnlySession;
import dev.tideline.serving.Access;
import dev.tideline.spark.Sessions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code query} and {@code status} answer the same by a running server and by themselves. */
@Tag("lane-b")
class QueryIT {
    private static final String TOKEN = "a-token-of-ours";
    private static final String EVERY_TYPE = "SELECT ad_id, window_start, event_date, sum(clicks) AS clicks,"
            + " sum(cost_micros) / 7e0 AS cost, any_value(provisional) AS provisional, null AS nothing,"
            + " map('a', ad_id) AS map, array(window_start) AS times, 'a \"quoted\", wörd' AS text, X'0aff' AS bytes"
            + " FROM clicks_by_ad_1m GROUP BY 1, 2, 3 ORDER BY ad_id, window_start LIMIT 30";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path dir;

    private static EmbeddedKafka kafka;
    private static RunningParts running;
    private static URI guarded;
    /** One that asks for no token, and has little time for an answer. */
    private static URI open;

    /** One that asks for no token, and has time. */
    private static URI patient;

    @BeforeAll
    static void serveSomeClicks() {
        running = new RunningParts(console(Map.of()));
        kafka = EmbeddedKafka.start(dir.resolve("kafka"));
        kafka.createTopic("ad-clicks", 4);
        try (Arrivals arrivals = new Arrivals(
                ClickGenerator.of(
                        Clicks.seeded(7).with(Clicks.Disorder.NONE),
                        Instant.now().minus(1, ChronoUnit.HOURS)),
                kafka.bootstrapServers(),
                "ad-clicks")) {
            arrivals.send(300);
        }
        for (String stream : List.of("archive", "speed")) {
            Command once = Command.on(lake(), kafka, stream, "--feed", "clicks", "--once");
            assertThat(once.code()).as(once.err()).isZero();
        }
        guarded = serve(Map.of("TIDELINE_TOKEN", TOKEN));
        open = serve(Map.of(), "--timeout", "1s");
        patient = serve(Map.of());
    }

    private static URI serve(Map<String, String> environment, String... more) {
        return serve(kafka.bootstrapServers(), environment, more);
    }

    private static URI serve(String brokers, Map<String, String> environment, String... more) {
        List<String> args = new ArrayList<>(List.of("--http-port", "0", "--without", "jdbc", "--without", "connect"));
        args.addAll(List.of(more));
        ServeOptions options = CommandLine.populateCommand(new ServeOptions(), args.toArray(String[]::new));
        Config config = Config.of(Settings.of(List.of("lake=" + lake(), "kafka.bootstrap.servers=" + brokers)));
        return Servers.open(Command.SESSIONS.existing(config), config, options, console(environment), running)
                .orElseThrow();
    }

    private static Tideline console(Map<String, String> environment) {
        return new Tideline(
                Command.SESSIONS,
                environment,
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()));
    }

    /** Views of a server stay in the catalog that other tests of this JVM have too. */
    @AfterAll
    static void end() {
        running.close();
        kafka.close();
        SparkSession spark = SharedSpark.session();
        spark.sql("SHOW VIEWS")
                .collectAsList()
                .forEach(view -> spark.sql("DROP VIEW IF EXISTS `" + view.getString(1) + "`"));
    }

    /** A client of Kafka waits for 20 seconds, and each of four requests would. */
    @Test
    void anAnswerNeedsTheLakeAlone() throws Exception {
        URI server = serve("127.0.0.1:9", Map.of(), "--timeout", "10s");
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(server.resolve("/v1/rollups/clicks_by_ad?from=2026-01-0" + (i + 1)
                                    + "T00:00:00Z&to=2026-01-09T00:00:00Z"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"completeness\":null");
        }
    }

    /** More of them than there are places for requests. */
    @Test
    void clientsThatDoNotSendTheirQueryKeepNobodyFromAnAnswer() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 80; i++) {
                Socket socket = new Socket(patient.getHost(), patient.getPort());
                slow.add(socket);
                socket.getOutputStream()
                        .write("POST /v1/query HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nSELECT"
                                .getBytes(StandardCharsets.UTF_8));
            }
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(patient.resolve("/v1/query"))
                            .timeout(java.time.Duration.ofSeconds(20))
                            .POST(HttpRequest.BodyPublishers.ofString("SELECT 1"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aServerForOtherMachinesHasCredentialsThatOnlyRead() throws IOException {
        Command serve = Command.run(
                Map.of("TIDELINE_TOKEN", TOKEN),
                "serve",
                "--set",
                "lake=" + lake(),
                "--host",
                "0.0.0.0",
                "--http-port",
                "0",
                "--without",
                "jdbc",
                "--without",
                "connect");

        assertThat(serve.code()).isEqualTo(2);
        assertThat(serve.err())
                .contains("Cannot serve beyond this machine: the credentials may write to the lake " + lake());
        try (var files = Files.list(lake())) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("may_write"));
        }
    }

    /** Each token with each question: the third column has the tokens whose answer holds the second. */
    @Test
    void aTokenSeesItsFeedsAndNothingElse() throws Exception {
        Map<String, String> access = Map.of(
                "clicks", "feeds: [clicks]",
                "records", "feeds: [clicks, sales], raw: true",
                "metrics", "feeds: [metrics], raw: true",
                "all", "feeds: all");
        StringBuilder file = new StringBuilder("tokens:\n");
        for (Map.Entry<String, String> token : access.entrySet()) {
            byte[] sha256 =
                    MessageDigest.getInstance("SHA-256").digest(token.getKey().getBytes(StandardCharsets.UTF_8));
            file.append("  - { sha256: ")
                    .append(HexFormat.of().formatHex(sha256))
                    .append(", ")
                    .append(token.getValue())
                    .append(" }\n");
        }
        Path path = Files.writeString(dir.resolve("access.yaml"), file);
        URI server = serve(Map.of("TIDELINE_TOKEN", TOKEN), "--access", path.toString());
        String aggregates = "clicks records all " + TOKEN;
        String records = "records " + TOKEN;
        String[][] questions = {
            {"/v1/rollups", "clicks_by_ad", aggregates},
            {"/v1/rollups/clicks_by_ad", "\"rows\"", aggregates},
            {"/v1/ads/top", "\"ads\"", aggregates},
            {"/v1/ads/7/clicks", "\"ad_id\"", aggregates},
            {"/v1/status", "\"feed\":\"clicks\"", aggregates},
            {"SELECT 'seen' FROM clicks_by_ad_1m LIMIT 1", "seen", aggregates},
            {"SELECT 'seen' FROM tideline('clicks_by_ad_1h') LIMIT 1", "seen", aggregates},
            {"SELECT feed FROM tideline_progress", "clicks", aggregates},
            {"SHOW VIEWS", "clicks_by_ad_1m", aggregates},
            {"SHOW TABLES", "clicks_by_ad_1m", aggregates},
            {"SELECT 'seen' FROM clicks_events LIMIT 1", "seen", records},
            {"SELECT 'seen' FROM tideline('clicks_events') LIMIT 1", "seen", records},
            {"SHOW VIEWS", "clicks_events", records},
            {"SHOW VIEWS", "tideline_rejected", records + " metrics"},
            {"SELECT 'seen' FROM default.clicks_by_ad_1m LIMIT 1", "seen", aggregates},
            {"SELECT 'seen' FROM spark_catalog.default.clicks_events LIMIT 1", "seen", records},
        };
        List<String> wrong = new ArrayList<>();
        for (String token : List.of("clicks", "records", "metrics", "all", TOKEN, "unknown")) {
            for (String[] question : questions) {
                boolean seen = List.of(question[2].split(" ")).contains(token);
                HttpResponse<String> answer = ask(server, token, question[0]);
                if (seen != (answer.statusCode() == 200 && answer.body().contains(question[1]))
                        || (token.equals("metrics") && answer.body().contains("clicks_by_segment"))
                        || token.equals("unknown") && answer.statusCode() != 401) {
                    wrong.add(token + ": " + question[0] + ": " + answer.statusCode() + " " + answer.body());
                }
            }
        }
        for (String sql : statements("red-team-feeds.sql")) {
            HttpResponse<String> answer = ask(server, "metrics", sql);
            if (hasRows(answer)) {
                wrong.add("metrics: " + sql + ": " + answer.body());
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** But for EXPLAIN, whose answer may be an error. */
    private static boolean hasRows(HttpResponse<String> answer) {
        return answer.statusCode() == 200
                && answer.body().lines().count() > 1
                && !answer.body().contains("Error occurred during query planning");
    }

    private static List<String> statements(String file) throws IOException {
        return Files.readAllLines(Path.of("src/test/resources", file)).stream()
                .filter(line -> !line.startsWith("--"))
                .toList();
    }

    /** What JDBC and Spark Connect make a client's session of, whose statements are all that its client has. */
    @Test
    void aSessionHasWhatItsOpenerSees() throws IOException {
        Access metrics = new Access(Optional.of(Set.of("metrics")), true);
        Access clicks = new Access(Optional.of(Set.of("clicks")), false);
        AtomicReference<Access> opener = new AtomicReference<>();
        try (ClientSessions clients =
                ClientSessions.of(Lake.at(SharedSpark.session(), lake().toString()), Duration.ofHours(1))) {
            SparkSession server = clients.openedBy(opener::get);
            opener.set(metrics);
            SparkSession other = server.newSession();
            opener.set(clicks);
            SparkSession session = server.newSession();
            opener.set(null);

            assertThat(session.sql("SELECT * FROM default.clicks_by_ad_1m").count())
                    .isPositive();
            session.sql("CREATE TEMPORARY VIEW mine AS SELECT 1");
            List<String> through = new ArrayList<>();
            for (SparkSession one : List.of(other, other.newSession(), Sessions.clone(other), server)) {
                for (String sql : statements("red-team-feeds.sql")) {
                    if (hasRows(one, sql)) {
                        through.add(sql);
                    }
                }
                assertThat(hasRows(one, "SELECT * FROM mine")).isFalse();
            }
            for (String sql : List.of("SELECT * FROM clicks_events", "SELECT * FROM tideline('tideline_rejected')")) {
                if (hasRows(session, sql)) {
                    through.add(sql);
                }
            }
            assertThat(through).isEmpty();
            assertThatThrownBy(server::newSession).isInstanceOf(NullPointerException.class);
        }
    }

    private static boolean hasRows(SparkSession session, String sql) {
        try {
            List<Row> rows = session.sql(sql).collectAsList();
            return !rows.isEmpty() && !rows.toString().contains("Error occurred during query planning");
        } catch (Exception e) {
            return false;
        }
    }

    private static HttpResponse<String> ask(URI server, String token, String question) throws Exception {
        boolean sql = !question.startsWith("/");
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(sql ? "/v1/query" : question))
                .header("Authorization", "Bearer " + token);
        return HTTP.send(
                (sql ? request.POST(HttpRequest.BodyPublishers.ofString(question)) : request).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void anAccessFileNamesTheClientsOfEachDoor() throws IOException {
        Path path = Files.writeString(dir.resolve("whoever.yaml"), "tokens: [{ sha256: secret, feeds: all }]");
        Command unread = Command.run("serve", "--set", "lake=" + lake(), "--access", path.toString());
        assertThat(unread.code()).isEqualTo(2);
        assertThat(unread.err())
                .contains("Cannot read " + path + ":", "tokens[0].sha256: it is not 64 hexadecimal digits")
                .doesNotContain("secret");

        Files.writeString(path, "tokens: [{ sha256: " + "a".repeat(64) + ", feeds: all }]");
        Command tokens = Command.run("serve", "--set", "lake=" + lake(), "--access", path.toString());
        assertThat(tokens.code()).isEqualTo(2);
        assertThat(tokens.err())
                .contains("--access " + path + " has no users, who log in to JDBC (users: …; or --without jdbc)")
                .contains("--access needs JDBC to ask for a name and a password");

        Files.writeString(path, "users: [{ name: ana, feeds: all }]");
        for (String authentication : List.of("NONE", "KERBEROS", "LDAP")) {
            Command users = Command.run(
                    "serve",
                    "--set",
                    "lake=" + lake(),
                    "--set",
                    "spark.hadoop.hive.server2.authentication=" + authentication,
                    "--access",
                    path.toString());
            assertThat(users.code()).isEqualTo(2);
            assertThat(users.err())
                    .contains("--access " + path + " has no tokens, which Spark Connect and HTTP ask for");
            assertThat(users.err().contains("--access needs JDBC")).isEqualTo(!authentication.equals("LDAP"));
        }
    }

    /** Each in a session of its own, which answers as before afterwards; and by HTTP. */
    @Test
    void noneOfTheRedTeamGetsThrough() throws Exception {
        SparkSession reading = ReadOnlySession.beside(SharedSpark.session(), lake().toString());
        Path secret = Files.writeString(dir.resolve("secret.txt"), "a secret");
        List<String> through = new ArrayList<>();
        List<String> otherwise = new ArrayList<>();
        int tried = 0;
        for (String line : Files.readAllLines(Path.of("src/test/resources/red-team.sql"))) {
            if (line.startsWith("--")) {
                continue;
            }
            tried++;
            String sql = line.replace("{table}", lake() + "/raw/clicks")
                    .replace("{lake}", lake().toString())
                    .replace("{file}", secret.toString());
            SparkSession session = reading.newSession();
            try {
                List<Row> rows = session.sql(sql).collectAsList();
                if (!rows.toString().contains("Error occurred during query planning")) { // as EXPLAIN has it
                    through.add("session: " + sql);
                }
            } catch (Exception e) {
                assertThat(String.valueOf(e.getMessage())).doesNotContain("a secret");
                if (Causes.of(e).noneMatch(CannotException.class::isInstance)) {
                    otherwise.add(line);
                }
            }
            assertThat(session.sql("SELECT count(*) > 0 FROM tideline('clicks_by_ad_1m')")
                            .head()
                            .getBoolean(0))
                    .as(sql)
                    .isTrue();
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(patient.resolve("/v1/query"))
                            .POST(HttpRequest.BodyPublishers.ofString(sql))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() < 400) {
                through.add("HTTP: " + sql);
            }
        }
        assertThat(through).isEmpty();
        assertThat(tried).isGreaterThan(100);
        assertThat(otherwise)
                .as("not found by Spark, which may not look for files, or no statement that it has")
                .allMatch(line -> line.contains("{file}")
                        || line.contains("{table}")
                        || line.startsWith("INSERT INTO clicks")
                        || line.startsWith("BEGIN ")
                        || line.contains("LANGUAGE PYTHON"));
    }

    /** Delta reads a table's checkpoint by queries of its own, in the session of whoever asks first. */
    @Test
    void theFirstQuestionAfterAStartIsAnswered() throws IOException {
        List<Path> logs;
        try (var files = Files.walk(lake())) {
            logs = files.filter(file -> file.endsWith("_delta_log")).toList();
        }
        for (Path folder : logs) {
            DeltaLog log = DeltaLog.forTable(
                    SharedSpark.session(),
                    new org.apache.hadoop.fs.Path(folder.getParent().toString()));
            log.checkpoint(log.update(false, scala.Option.empty(), scala.Option.empty()), scala.Option.empty());
            try (var files = Files.list(folder)) {
                for (Path crc :
                        files.filter(file -> file.toString().endsWith(".crc")).toList()) {
                    Files.delete(crc); // as streams write none
                }
            }
        }
        for (String view : List.of("clicks_by_ad_1m", "clicks_events", "tideline_progress")) {
            DeltaLog.clearCache();
            SparkSession session = ReadOnlySession.beside(SharedSpark.session(), lake().toString())
                    .newSession();
            assertThat(session.sql("SELECT count(*) > 0 FROM tideline('" + view + "')")
                            .head()
                            .getBoolean(0))
                    .as(view)
                    .isTrue();
        }
    }

    /** Connections set these without a statement. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spark.sql.runSQLOnFiles | true",
                "spark.sql.runSQLOnFiles |",
                "spark.sql.variable.substitute | true",
                "spark.sql.variable.substitute |",
                "spark.sql.catalog.other | dev.tideline.Other",
                "spark.tideline.lake | /elsewhere",
                "fs.s3a.endpoint | http://127.0.0.1:9",
            })
    void nothingIsAnsweredWhileAGuardIsSet(String name, String value) {
        SparkSession session =
                ReadOnlySession.beside(SharedSpark.session(), lake().toString()).newSession();
        if (value == null) {
            session.conf().unset(name);
        } else {
            session.conf().set(name, value);
        }
        assertThatThrownBy(() -> session.sql("SELECT ${env:PATH} + 1 FROM"))
                .hasMessageContaining("while " + name + " is set (RESET " + name + ")")
                .hasMessageNotContaining(System.getenv("PATH"));
        session.sql("RESET " + name);
        assertThat(session.sql("SELECT '${env:PATH}'").head().getString(0)).isEqualTo("${env:PATH}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT ad_id, sum(clicks) AS n FROM tideline('clicks_by_ad_1m') GROUP BY 1 ORDER BY 2 DESC LIMIT 3",
                "WITH t AS (SELECT * FROM tideline('clicks_by_ad_1h')) SELECT * FROM t a JOIN t b USING (ad_id)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
                "SELECT *, rank() OVER (PARTITION BY ad_id ORDER BY clicks) FROM tideline('clicks_by_ad_1m')",
                "SELECT * FROM (SELECT id FROM range(3)) TABLESAMPLE (50 PERCENT), LATERAL explode(array(1, id))",
                "SELECT * FROM (SELECT id, id % 2 AS p FROM range(9)) PIVOT (count(*) FOR p IN (0, 1))",
                "SELECT * FROM VALUES (1, 2) AS t(a, b) UNPIVOT (v FOR k IN (a, b))",
                "SELECT id FROM range(9) WHERE id IN (SELECT id FROM range(3)) EXCEPT SELECT 1L",
                "SELECT explode(sequence(DATE'2026-01-01', DATE'2026-03-01', INTERVAL 1 DAY))",
                "SELECT repeat('-', 20), lpad('7', 3, '0'), url_decode('a%20b'), to_json(named_struct('a', 1))",
                "SELECT aggregate(sequence(1, 1000), 0L, (a, x) -> a + x), transform(map_keys(map('a', 1)), k -> upper(k))",
                "SELECT window(window_start, '1 hour', '5 minutes') AS w, collect_list(ad_id), max(clicks)"
                        + " FROM tideline('clicks_by_ad_1m') GROUP BY 1",
                "SELECT sequence(TIMESTAMP'2026-01-01', TIMESTAMP'2026-01-02', INTERVAL 1 MINUTE)",
                "SELECT regexp_extract('host-17', '^([a-z]+)-(\\\\d+)$', 2), split('a,b', ','), replace('a.b', '.', '_')",
                "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r",
                "SELECT percentile_approx(clicks, 0.5), percentile(clicks, 0.9) FROM tideline('clicks_by_ad_1m')",
                "SELECT * FROM VALUES (timestamp('2026-01-01'), array(1, 2)) AS t(a, b)",
                "EXPLAIN SELECT * FROM tideline('clicks_by_ad_1m')",
                "DESCRIBE QUERY SELECT 1 AS one",
                "DESCRIBE FUNCTION sum",
                "CREATE TEMPORARY VIEW mine AS SELECT * FROM tideline('clicks_by_ad_1m')",
                "SHOW VIEWS",
                "SHOW TABLES",
                "SHOW FUNCTIONS LIKE 'hll*'",
                "SET",
                "SET spark.sql.session.timeZone",
                "SET spark.sql.session.timeZone=Europe/Berlin",
                "SET TIME ZONE 'Asia/Tokyo'",
                "SET spark.sql.ansi.enabled=true",
                "DECLARE VARIABLE x INT DEFAULT 1",
                "USE default",
            })
    void whatOnlyReadsIsAnswered(String sql) {
        SparkSession session =
                ReadOnlySession.beside(SharedSpark.session(), lake().toString()).newSession();
        session.sql(sql).collectAsList();
        assertThat(session.sql("SELECT 1").head().getInt(0)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "table | every type",
                "csv | every type",
                "json | every type",
                "table | SHOW VIEWS",
                "csv | SHOW TABLES",
                "json | DESCRIBE clicks_by_ad_1h",
                "table | SELECT * FROM clicks_by_ad_1m WHERE false",
                "csv | SELECT raise_error(concat('no ', max(clicks))) FROM clicks_by_ad_1m",
                "table | SELECT nothing FROM clicks_by_ad_1m",
                "table | SELECT * FROM clicks_by_nothing_1m",
                "table | SELEC 1",
                "table | DROP TABLE clicks_by_ad_1m",
                "table | INSERT INTO clicks_by_ad_1m VALUES (1)",
                "table | CREATE OR REPLACE TEMPORARY VIEW clicks_by_ad_1m AS SELECT 1",
                "table | SET spark.sql.ansi.enabled = false",
                "table | SET",
            })
    void theAnswerIsTheSame(String format, String sql) {
        String asked = sql.equals("every type") ? EVERY_TYPE : sql;
        Command served = query(format, asked, guarded.toString(), TOKEN);
        Command own = query(format, asked, "", "");

        assertThat(served.out()).isEqualTo(own.out());
        assertThat(served.code()).isEqualTo(own.code());
        assertThat(served.err()).isEqualTo(own.err().replace("tideline: starting Spark\n", ""));
        assertThat(served.out() + served.err()).isNotEmpty();
    }

    @Test
    void whereTheServerDoesNotAnswerTheCommandsOwnSessionDoes() {
        String sql = "SELECT count(*) AS windows FROM clicks_by_ad_1h";
        assertThat(query("csv", sql, guarded.toString(), TOKEN).err()).isEmpty();
        assertOwnAnswer(sql, guarded, "wrong", "401 Cannot answer: the token is missing or wrong");
        assertOwnAnswer(sql, URI.create("http://127.0.0.1:9"), TOKEN, "Connection refused");
        assertOwnAnswer(
                "SELECT count(*) AS rows FROM delta.`" + lake() + "/raw/clicks`",
                guarded,
                TOKEN,
                "422 Cannot answer: the server answers from the views alone");
        assertOwnAnswer(
                "SELECT repeat('x', 1000) AS text FROM range(5000)",
                open,
                "",
                "422 Cannot answer: the answer is longer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json"})
    void theStatusIsTheSame(String format) {
        Command served = status(format, guarded.toString(), TOKEN, "--feed", "clicks");
        Command own = status(format, "", "", "--feed", "clicks");
        assertThat(withoutAge(served.out())).isEqualTo(withoutAge(own.out())).contains("clicks");
        assertThat(served.err()).isEmpty();

        Command refused = status(format, guarded.toString(), "wrong", "--feed", "clicks");
        assertThat(withoutAge(refused.out())).isEqualTo(withoutAge(own.out()));
        assertThat(refused.err()).contains("no answer from serve at " + guarded + ": 401");

        Command all = status(format, guarded.toString(), TOKEN);
        assertThat(withoutAge(all.out()))
                .as("one feed is declared that the server's lake does not know")
                .isEqualTo(withoutAge(status(format, "", "").out()))
                .contains("metrics");
    }

    /** How long ago something was recorded. */
    private static String withoutAge(String status) {
        return status.replaceAll("(T[0-9:]+Z\\s+)\\d+", "$1").replaceAll("(\"freshness_seconds\":)\\d+", "$1");
    }

    private static Command status(String format, String http, String token, String... more) {
        List<String> args = new ArrayList<>(List.of("status", "--set", "lake=" + lake(), "--format", format));
        args.addAll(List.of("--set", "kafka.bootstrap.servers=" + kafka.bootstrapServers()));
        args.addAll(List.of("--set", "serve.http=" + http));
        args.addAll(List.of(more));
        return Command.run(Map.of("TIDELINE_TOKEN", token), args.toArray(String[]::new));
    }

    private static void assertOwnAnswer(String sql, URI http, String token, String why) {
        Command asked = query("csv", sql, http.toString(), token);
        assertThat(asked.err()).contains("no answer from serve at " + http + ": ", why, "starting Spark");
        assertThat(asked.err().lines()).hasSize(2);
        assertThat(asked.out()).isEqualTo(query("csv", sql, "", "").out()).isNotEmpty();
        assertThat(asked.code()).isZero();
    }

    @Test
    void aServerOfAnotherLakeDoesNotAnswer() {
        Command asked = Command.run(
                "query", "--set", "lake=" + dir.resolve("other"), "--set", "serve.http=" + open, "SELECT 1 AS n");
        assertThat(asked.err())
                .contains("no answer from serve at " + open + ": it does not serve " + dir.resolve("other"))
                .contains("there is none yet");
        assertThat(asked.code()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "504 | SELECT sum(id % 7) FROM range(1000000000000) | Cannot answer within 1 s",
                "422 | SELECT * FROM range(100001) | the answer has more than 100000 rows",
                "422 | SELECT repeat('x', 9999) FROM range(900) | the answer is longer than 4 MB",
                "422 | SELECT * FROM parquet.`/etc` | the server answers from the views alone",
                "400 | SELECT * FROM parquet.etc | Cannot run the query: [TABLE_OR_VIEW_NOT_FOUND]",
                "413 | too long | longer than 64 KB",
                "400 | |  Cannot read the query",
            })
    void aServerAnswersSoMuch(String code, String sql, String why) throws Exception {
        String body = sql == null ? "" : sql.equals("too long") ? "SELECT '" + "x".repeat(65_536) + "'" : sql;
        HttpResponse<String> refused = HTTP.send(
                HttpRequest.newBuilder((code.equals("504") ? open : patient).resolve("/v1/query?format=table"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(refused.body()).contains(why.trim());
        assertThat(refused.statusCode()).isEqualTo(Integer.parseInt(code));
    }

    @Test
    void whoeverBringsTheNameOfAnotherHostIsRefused() throws IOException {
        assertThat(send(patient, "POST /v1/query", "localhost:" + patient.getPort()))
                .startsWith("HTTP/1.1 200 ");
        for (String what : List.of("POST /v1/query", "GET /v1/status", "GET /")) {
            assertThat(send(patient, what, "elsewhere.example:" + patient.getPort()))
                    .as(what)
                    .startsWith("HTTP/1.1 403 ")
                    .contains("Cannot answer: Host is elsewhere.example");
        }
    }

    private static String send(URI server, String what, String host) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            String request =
                    what + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nContent-Length: 8\r\n\r\nSELECT 1";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Command query(String format, String sql, String http, String token) {
        return Command.run(
                Map.of("TIDELINE_TOKEN", token),
                "query",
                "--set",
                "lake=" + lake(),
                "--set",
                "spark.sql.shuffle.partitions=2",
                "--set",
                "serve.http=" + http,
                "--format",
                format,
                sql);
    }

    private static Path lake() {
        return dir.resolve("lake");
    }
}
