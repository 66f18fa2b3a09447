package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.output.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person can get wrong before anything is started: one clear line, exit code 2, nothing written. */
@Tag("lane-b")
class BadInputTest {
    @TempDir
    Path dir;

    @Test
    void anUnknownCommandIsNamed() {
        refused(Command.run("quikstart"), "Unmatched argument at index 0: 'quikstart'", "tideline --help");
    }

    @Test
    void aMissingCommandIsAsked() {
        refused(Command.run(), "a command is missing (tideline --help)");
    }

    @Test
    void anUnknownOptionIsNamed() {
        refused(
                Command.run("speed", "--feed", "clicks", "--fast"),
                "Unknown option: '--fast'",
                "tideline speed --help");
    }

    @Test
    void anUnknownFeedIsAnsweredWithTheOnesThereAre() {
        refused(on("archive", "--feed", "click"), "Cannot find feed click (there are clicks, metrics;");
    }

    @Test
    void noLakeIsAnsweredWithHowToNameOne() {
        refused(Command.run("status"), "lake is not set (a folder or s3a://bucket/prefix");
    }

    @Test
    void aConfigurationThatIsNotThereIsNamed() {
        refused(Command.run("status", "--config", "no.yaml"), "no.yaml: cannot be read, there is no such file");
    }

    @Test
    void aConfigurationNamedByTheEnvironmentThatIsNotThereIsNamedToo() {
        refused(Command.run(Map.of("TIDELINE_CONFIG", "no.yaml"), "status"), "no.yaml: cannot be read");
    }

    @Test
    void noBrokerInTheConfigurationIsAnsweredWithItsKey() {
        refused(on("archive", "--feed", "clicks"), "kafka.bootstrap.servers is not set (host:port");
    }

    @Test
    void recomputeNeedsADay() {
        refused(on("recompute", "--feed", "clicks"), "--date=YYYY-MM-DD", "--dirty");
    }

    @Test
    void aDayThatIsNoDateIsNamed() {
        refused(on("recompute", "--feed", "clicks", "--date", "yesterday"), "'yesterday'", "--date");
    }

    @Test
    void rollbackNeedsAGenerationOrARelease() {
        refused(on("rollback", "--feed", "clicks", "--date", "2026-11-20"), "--generation=ID", "--release");
    }

    @Test
    void aQueryOnlyReads() {
        refused(on("query", "DROP TABLE clicks_by_ad_1m"), "Cannot run DropTable: query only reads (SELECT");
        refused(on("query", "INSERT INTO t SELECT 1"), "query only reads");
    }

    @Test
    void aQueryThatIsNoSqlIsRefusedWithSparksWordOnIt() {
        refused(on("query", "SELEC 1"), "Cannot read the query: [PARSE_SYNTAX_ERROR]", "'SELEC'");
    }

    @Test
    void everyProblemOfEveryFeedFileIsListed() throws IOException {
        Path feeds = Files.createDirectory(dir.resolve("feeds"));
        Files.writeString(feeds.resolve("a.yaml"), "feed: A B\nschema: id STRING NOT NULL\n");
        Files.writeString(feeds.resolve("b.yaml"), "feed: [\n");

        Command command = on("feeds", "--set", "feeds=" + feeds);

        refused(
                command,
                "Cannot use feed file " + feeds.resolve("a.yaml"),
                "topic",
                "event.time",
                "rollups",
                "Cannot use feed file " + feeds.resolve("b.yaml"),
                "not YAML");
    }

    @Test
    void aViewIsDeclaredByOneFeedOnly() throws IOException {
        Path feeds = Files.createDirectory(dir.resolve("feeds"));
        String text = """
                feed: %s
                topic: t
                schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { same: { dimensions: [id], measures: { n: count() } } }
                """;
        Files.writeString(feeds.resolve("a.yaml"), text.formatted("a"));
        Files.writeString(feeds.resolve("b.yaml"), text.formatted("b"));

        refused(on("feeds", "--set", "feeds=" + feeds), "its view same is declared by " + feeds.resolve("a.yaml"));
    }

    @Test
    void aFolderWithoutFeedFilesIsNamed() throws IOException {
        Path feeds = Files.createDirectory(dir.resolve("feeds"));

        refused(on("feeds", "--set", "feeds=" + feeds), "there is no *.yaml file in " + feeds);
    }

    @Test
    void helpIsNoMistake() {
        Command help = Command.run("--help");

        assertThat(help.code()).isZero();
        assertThat(help.out())
                .contains(
                        "quickstart",
                        "dev",
                        "archive",
                        "speed",
                        "recompute",
                        "rollback",
                        "query",
                        "status",
                        "maintain",
                        "alerts");
        for (String command : new String[] {"quickstart", "dev", "archive", "speed", "recompute", "query", "status"}) {
            assertThat(Command.run(command, "--help").out()).contains("Example").contains("tideline " + command);
        }
    }

    @Test
    void alertsNeedACommandAndABroker() {
        refused(Command.run("alerts"), "a command is missing (tideline alerts --help)");
        refused(on("alerts", "run"), "kafka.bootstrap.servers is not set");
        refused(on("alerts", "notify"), "Cannot deliver alerts: alerts.channels is not set");
        refused(on("alerts", "run", "--set", "alerts.rules=no"), "alerts.rules=no", "a folder of rule files");
        refused(
                on("alerts", "replay", "--from", "yesterday"),
                "Cannot use --from yesterday: it is no time (2026-11-20");
        refused(on("alerts", "history", "--from", "1h", "--to", "2h"), "nothing is between them");
    }

    @Test
    void everyBadRuleAndChannelGetsALine() throws Exception {
        Path rules = Files.createDirectories(dir.resolve("rules"));
        Files.writeString(rules.resolve("a.yaml"), """
                groups:
                  - name: bad
                    rules:
                      - { alert: NoNumber, expr: SELECT 1 AS value, condition: "9" }
                      - { alert: NoView, expr: SELECT clicks AS value FROM click_by_ad_1m, condition: "> 9" }
                      - { alert: NoValue, expr: SELECT window_start FROM clicks_by_ad_1m, condition: "> 9" }
                      - { alert: Good, expr: "SELECT window_start, sum(clicks) AS value FROM clicks_by_ad_1m GROUP BY 1", condition: "> 9" }
                """);
        Path channels = dir.resolve("channels.yaml");
        Files.writeString(channels, """
                channels:
                  oncall: { type: pagerduty, routing_key: { env: NO_SUCH_VARIABLE } }
                """);
        Command check = Command.run("alerts", "check", "--rules", rules.toString(), "--channels", channels.toString());
        assertThat(check.code()).isEqualTo(ExitCode.CANNOT);
        assertThat(check.err().lines())
                .hasSize(5)
                .anyMatch(line -> line.contains("rule NoNumber") && line.contains("condition"))
                .anyMatch(line -> line.contains("rule NoView") && line.contains("click_by_ad_1m"))
                .anyMatch(line -> line.contains("rule NoValue") && line.contains("no column value"))
                .anyMatch(line -> line.contains("oncall") && line.contains("NO_SUCH_VARIABLE"))
                .noneMatch(line -> line.contains("Good"));
    }

    @Test
    void theShippedRulesAreSound() {
        Command check = Command.run("alerts", "check");
        assertThat(check.err()).isEmpty();
        assertThat(check.code()).isZero();
        assertThat(check.out()).contains("host: every 60 s", "HostCpuHigh > 0.9", "Watchdog");
    }

    @Test
    void testsOfRulesAreRun() {
        Command test = Command.run("alerts", "test", "../alerts/src/test/resources/alerts/pipeline.test.yaml");
        assertThat(test.code()).as(test.err()).isZero();
        assertThat(test.out().lines()).isNotEmpty().allMatch(line -> line.startsWith("ok "));
    }

    @Test
    void serversSayWhatTheyLackBeforeAnythingStarts() throws IOException {
        refused(on("serve"), "there is no Spark distribution", "pip install pyspark==4.2.0", "--without jdbc");
        String[] http = {"serve", "--without", "jdbc", "--without", "connect", "--http-port"};
        refused(on(and(http, "0", "--without", "http")), "--without leaves nothing to serve");
        refused(on(and(http, "0", "--timeout", "soon")), "Cannot serve with --timeout soon: a duration such as 30s");
        refused(on(and(http, "0", "--host", "no.such.host.invalid")), "--host no.such.host.invalid (an address");
        refused(
                on(and(http, "0", "--host", "0.0.0.0")),
                "http beyond this machine would ask nobody for a password (set TIDELINE_TOKEN; --without http; or");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            refused(on(and(http, port)), "--http-port " + port + " on 127.0.0.1: Address already in use");
        }
    }

    @Test
    void aLakeWithoutTablesCannotBeServed() {
        Command serve = on("serve", "--without", "jdbc", "--without", "connect", "--http-port", "0");
        assertThat(serve.code()).isEqualTo(ExitCode.CANNOT);
        assertThat(serve.err().lines().toList().get(1))
                .contains("Cannot read the lake", "there is none yet (start tideline archive and speed");
    }

    private static String[] and(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    private Command on(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--set";
        all[args.length + 1] = "lake=" + dir.resolve("lake");
        return Command.run(all);
    }

    private void refused(Command command, String... says) {
        assertThat(command.err()).contains(says).startsWith("tideline: ").doesNotContain("\tat ", "starting Spark");
        assertThat(command.code()).isEqualTo(ExitCode.CANNOT);
        assertThat(command.out()).isEmpty();
        assertThat(dir.resolve("lake")).doesNotExist();
    }
}
