package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.Tideline;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.output.ExitCode;
import dev.tideline.quickstart.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a command lacks is said before Spark, Kafka or S3 are started. */
@Tag("lane-b")
class BeforeSparkTest {
    private static final Sessions NO_SPARK = new Sessions() {
        @Override
        public Session start(Config config) {
            throw new IllegalStateException("Spark is started");
        }

        @Override
        public <T> T withoutLake(Function<SparkSession, T> work) {
            throw new IllegalStateException("Spark is started");
        }
    };

    @TempDir
    private Path dir;

    /** Port 9 of this machine is closed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            query 1                                               | Cannot read the query: [PARSE_SYNTAX_ERROR]
            query SHOW_VIEWS                                      | Cannot read the lake
            query SHOW_VIEWS {s3}                                 | Cannot use the lake s3a://lake/a
            recompute --feed clicks --dirty                       | Cannot read the lake
            recompute --feed clicks --dirty {s3}                  | Cannot use the lake s3a://lake/a
            recompute --date 2026-11-20                           | Cannot recompute --date of every feed
            rollback --feed clicks --date 2026-11-20 --release    | Cannot read the lake
            maintain                                              | Cannot read the lake
            maintain --feed click                                 | Cannot find feed click
            speed --feed clicks --catch-up                        | Cannot read the lake
            speed --feed clicks                                   | kafka.bootstrap.servers is not set
            archive --feed clicks                                 | kafka.bootstrap.servers is not set
            archive --feed clicks {kafka}                         | Cannot reach Kafka at 127.0.0.1:9: {any} (is it running
            serve                                                 | there is no Spark distribution
            serve --without jdbc --without connect --http-port 0  | Cannot read the lake
            alerts run                                            | kafka.bootstrap.servers is not set
            alerts run {kafka} {channels}                         | Cannot deliver alerts: no channel of {any} can be used; {any}NO_SUCH_VARIABLE
            alerts run {kafka} {s3}                               | Cannot use the lake s3a://lake/a
            alerts replay --from 1h                               | Cannot read the lake
            """)
    void isSaid(String command, String says) throws IOException {
        Path channels = dir.resolve("channels.yaml");
        Files.writeString(
                channels, "channels: { oncall: { type: pagerduty, routing_key: { env: NO_SUCH_VARIABLE } } }");
        String line = command.replace("{kafka}", "--set kafka.bootstrap.servers=127.0.0.1:9")
                        .replace("{channels}", "--set alerts.channels=" + channels)
                        .replace(
                                "{s3}",
                                "--set lake=s3a://lake/a --set spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:9"
                                        + " --set spark.hadoop.fs.s3a.endpoint.region=eu-west-1"
                                        + " --set spark.hadoop.fs.s3a.access.key=a --set spark.hadoop.fs.s3a.secret.key=b")
                + (command.contains("{s3}") ? "" : " --set lake=" + dir.resolve("lake"));

        refused(
                run(Stream.of(line.split(" +"))
                        .map(word -> word.replace('_', word.startsWith("SHOW") ? ' ' : '_'))
                        .toArray(String[]::new)),
                says);
        assertThat(dir.resolve("lake")).doesNotExist();
    }

    @Test
    void devStartsNoStackThatItCouldNotServeOrAlertFrom() throws IOException {
        Path dev = dir.resolve("dev");
        Path channels = Files.writeString(dir.resolve("channels.yaml"), "channels: {}");

        refused(run("dev", "--dir", dev.toString(), "--serve"), "there is no Spark distribution");
        refused(
                run("dev", "--dir", dev.toString(), "--set", "alerts.channels=" + channels),
                "Cannot deliver alerts: no channel of");
        assertThat(dev).doesNotExist();
    }

    private static Command run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                new Tideline(NO_SPARK, Map.of(), new PrintWriter(out), new PrintWriter(err), Main.commands()).run(args);
        return new Command(code, out.toString(), err.toString());
    }

    private static boolean isOutage(Command command) {
        return command.err().contains("Cannot reach") || command.err().contains("endpoint right, does it answer");
    }

    private static void refused(Command command, String says) {
        for (String part : says.split("\\{any}")) {
            assertThat(command.err()).contains(part.strip());
        }
        assertThat(command.err()).doesNotContain("Spark is started");
        assertThat(command.code()).isEqualTo(isOutage(command) ? ExitCode.UNREACHABLE : ExitCode.CANNOT);
        assertThat(command.out()).isEmpty();
    }
}
