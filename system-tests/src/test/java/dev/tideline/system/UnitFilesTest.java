package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tideline.app.Tideline;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.output.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The systemd units of {@code packaging}, for streams and nights of one machine. */
class UnitFilesTest {
    private static final Path FOLDER = Readme.HOME.resolve("packaging");
    private static final Pattern COMMAND = Pattern.compile("/opt/tideline/tideline.jar (.*)");

    @TempDir
    Path dir;

    @Test
    void everyCommandIsOneThatWeTake() throws IOException {
        List<String> commands = units().stream()
                .flatMap(unit -> COMMAND.matcher(text(unit)).results())
                .map(MatchResult::group)
                .map(found -> found.replaceFirst("\\S+ ", "").replace("%i", "clicks"))
                .toList();

        assertThat(commands).hasSize(4);
        for (String command : commands) {
            StringWriter said = new StringWriter();
            new Tideline(Sessions.own(), Map.of(), new PrintWriter(said), new PrintWriter(said))
                    .commandLine()
                    .parseArgs(command.split(" "));
        }
    }

    @Test
    void aStreamIsStartedAgainUnlessAPersonOrAnotherDriverHasTheSay() throws IOException {
        for (String stream : List.of("archive", "speed")) {
            assertThat(text(FOLDER.resolve("tideline-" + stream + "@.service")))
                    .contains("\nRestart=on-failure\n")
                    .contains("\nRestartPreventExitStatus=" + ExitCode.CANNOT + " " + ExitCode.CAME_SECOND + "\n");
        }
        assertThat(text(FOLDER.resolve("tideline-recompute@.service")))
                .contains("\nSuccessExitStatus=" + ExitCode.CAME_SECOND + "\n");
    }

    /** That option ends Java with 3, another run came first; the other one with 1. */
    @Test
    void exhaustedMemoryIsAFailure() throws IOException {
        List<Path> starts = new ArrayList<>(units());
        starts.add(Readme.HOME.resolve("bin/tideline"));
        starts.add(Readme.HOME.resolve("kubernetes/configuration.yaml"));
        starts.add(Readme.HOME.resolve("kubernetes/serve.yaml"));

        assertThat(starts).allSatisfy(start -> assertThat(text(start)).doesNotContain("-XX:+ExitOnOutOfMemoryError"));
        assertThat(text(Readme.HOME.resolve("bin/tideline"))).contains(" -XX:+CrashOnOutOfMemoryError ");
        for (Path unit : units()) {
            assertThat(text(unit).split("CrashOnOutOfMemoryError", -1))
                    .as(unit.toString())
                    .hasSameSizeAs(text(unit).split("bin/spark-submit", -1));
        }
    }

    @Test
    void systemdTakesThem() throws IOException {
        Path verify = Path.of("/usr/bin/systemd-analyze");
        assumeThat(Files.isExecutable(verify)).as("there is no systemd-analyze").isTrue();
        for (Path unit : units()) {
            // As an instance, on a machine without Spark.
            Files.writeString(
                    dir.resolve(unit.getFileName().toString().replace("@", "@clicks")),
                    text(unit).replace("/opt/spark/bin/spark-submit", "/bin/true"));
        }
        List<String> command = new ArrayList<>(List.of(verify.toString(), "verify", "--man=no"));
        try (Stream<Path> instances = Files.list(dir)) {
            instances
                    .map(Path::toString)
                    .filter(it -> !it.endsWith(".log"))
                    .sorted()
                    .forEach(command::add);
        }
        try (OwnProcess verified = OwnProcess.start("verify", dir, command, Map.of())) {
            int code = verified.exitCode(Duration.ofSeconds(30));

            assertThat(verified.words().lines().filter(line -> line.contains("tideline")))
                    .isEmpty();
            assertThat(code).as(verified.words()).isZero();
        }
    }

    private static List<Path> units() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Path> units =
                    files.filter(file -> !file.endsWith("Dockerfile")).sorted().toList();
            assertThat(units).hasSize(4);
            return units;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
