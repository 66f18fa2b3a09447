package dev.tideline.system;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.quickstart.Main;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The class-data archive of {@code bin/tideline}: Java ignores one that does not fit without a word, and is only slower. Here
 * the command stands in a small checkout, and its training is {@code --version}, which takes seconds.
 */
@Tag("lane-b")
class ClassArchiveTest {
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final List<String> CLASSPATH =
            List.of(System.getProperty("java.class.path").split(":"));
    private static final String JAVA = """
            #!/bin/sh
            for word; do
              shift
              if [ "$word" = dev.tideline.quickstart.Training ]; then
                echo >> "$TRAININGS"
                [ -z "$TRAINING_FAILS" ] || exit 1
                set -- "$@" %s
                training=--version
              else
                set -- "$@" "$word"
              fi
            done
            exec %s/bin/java "$@" $training
            """.formatted(Main.class.getName(), System.getProperty("java.home"));

    @TempDir
    private Path checkout;

    private Path target;

    @BeforeEach
    void buildACheckout() throws IOException {
        target = Files.createDirectories(checkout.resolve("quickstart/target"));
        Path command = Files.createDirectory(checkout.resolve("bin")).resolve("tideline");
        Files.copy(Readme.HOME.resolve("bin/tideline"), command);
        command.toFile().setExecutable(true);
        Path java = Files.createDirectories(checkout.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, JAVA);
        java.toFile().setExecutable(true);
        // Maven lists our modules between the libraries.
        Path ours = Files.createDirectories(checkout.resolve("app/target")).resolve("tideline-app-1.jar");
        jar(ours, "");
        buildOurs();
        Files.writeString(
                target.resolve("classpath"),
                ours + ":"
                        + CLASSPATH.stream().filter(ClassArchiveTest::isLibrary).collect(joining(":")));
    }

    @Test
    void theLibrariesClassesComeFromIt() throws Exception {
        OwnProcess first = run(Map.of(), "--version");
        assertThat(first.words()).startsWith("tideline ").hasLineCount(1);
        await().atMost(Duration.ofMinutes(2))
                .until(() -> files("libraries-.*\\.jsa").size() == 1);
        assertThat(files("libraries-.*")).hasSize(2);

        assertThat(archived("--version")).isGreaterThan(300);
        buildOurs();
        assertThat(archived("--version")).as("behind a new build of ours").isGreaterThan(300);
        Path spark = Files.createDirectories(checkout.resolve("spark/jars"));
        jar(spark.resolve("spark-hive-thriftserver_2.13-4.2.0.jar"), "");
        assertThat(archived("serve", "--help"))
                .as("with other options for Java, and with Spark's servers")
                .isGreaterThan(300);
        assertThat(Files.readAllLines(trainings())).hasSize(1);
    }

    @Test
    void aTrainingThatFailsIsNotRepeatedAndLeavesNoArchive() throws Exception {
        Map<String, String> fails = Map.of("TRAINING_FAILS", "yes");
        assertThat(run(fails, "--version").words()).startsWith("tideline ").hasLineCount(1);
        await().atMost(MOST).until(() -> Files.exists(trainings()));
        assertThat(run(fails, "--version").words()).startsWith("tideline ").hasLineCount(1);

        assertThat(files("libraries-.*")).hasSize(1).first().asString().endsWith(".log");
        assertThat(Files.readAllLines(trainings())).hasSize(1);
    }

    @Test
    void aCommandThatMustNotBuildDoesNotTrain() throws Exception {
        assertThat(run(Map.of("TIDELINE_BUILD", "no"), "--version").words()).startsWith("tideline ");

        assertThat(files("libraries-.*")).isEmpty();
    }

    /** The classes that this command takes from the archive. */
    private long archived(String... args) throws IOException {
        Path classes = checkout.resolve("classes.log");
        OwnProcess process = run(Map.of("TIDELINE_JAVA_OPTS", "-Xmx256m -Xlog:class+load:file=" + classes), args);
        assertThat(process.words()).doesNotContain("[warning]");
        try (Stream<String> lines = Files.lines(classes)) {
            return lines.filter(line -> line.endsWith("source: shared objects file (top)"))
                    .count();
        }
    }

    private OwnProcess run(Map<String, String> more, String... args) {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "JAVA_HOME",
                checkout.resolve("jdk").toString(),
                "SPARK_HOME",
                checkout.resolve("spark").toString(),
                "TRAININGS",
                trainings().toString(),
                "TRAINING_FAILS",
                "",
                "TIDELINE_BUILD",
                "yes",
                "TIDELINE_JAVA_OPTS",
                "-Xmx256m"));
        environment.putAll(more);
        List<String> command = Stream.concat(
                        Stream.of(checkout.resolve("bin/tideline").toString()), Stream.of(args))
                .toList();
        try (OwnProcess process = OwnProcess.start("tideline", checkout, command, environment)) {
            assertThat(process.exitCode(MOST)).as(process.words()).isZero();
            return process;
        }
    }

    private Path trainings() {
        return checkout.resolve("trainings");
    }

    private List<Path> files(String name) throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .toList();
        }
    }

    private static boolean isLibrary(String entry) {
        return entry.endsWith(".jar") && !entry.contains("/target/");
    }

    /** A jar that stands for ours. */
    private void buildOurs() throws IOException {
        String ours = CLASSPATH.stream()
                .filter(entry -> !isLibrary(entry))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(joining(" "));
        jar(target.resolve("tideline-quickstart-1.jar"), ours);
    }

    private static void jar(Path file, String classpath) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classpath);
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.setComment(Instant.now().toString()); // another size or time for each build
        }
    }
}
