package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.quickstart.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program in a process of its own, whose words go to a file. It does not outlive this process. */
final class OwnProcess implements AutoCloseable {
    /** 128 + the number of the signal, as the shell counts. */
    static final int SIGKILL = 128 + 9;

    static final int SIGTERM = 128 + 15;
    private static final Duration TO_DIE = Duration.ofSeconds(20);

    private final String name;
    private final Process process;
    private final Path words;
    private final Thread last = new Thread(this::killAll);

    private OwnProcess(String name, Process process, Path words) {
        this.name = name;
        this.process = process;
        this.words = words;
        Runtime.getRuntime().addShutdownHook(last);
    }

    /**
     * Starts the real command as {@code bin/tideline} does, in a small Java that starts quickly.
     *
     * @param dir for its words and its temporary files
     */
    static OwnProcess tideline(Path dir, String... args) {
        return tideline(dir, "", Map.of(), args);
    }

    /** The same with {@code more} at the end of its classpath, and with {@code environment} above that of this process. */
    static OwnProcess tideline(Path dir, String more, Map<String, String> environment, String... args) {
        return tideline(dir, dir, more, environment, args);
    }

    /** The same with temporary files in another folder than its words. */
    static OwnProcess tideline(Path dir, Path temporary, String more, Map<String, String> environment, String... args) {
        List<String> command = java(temporary, more, Main.class);
        command.addAll(List.of(args));
        return start(args[0], dir, command, environment);
    }

    /** Starts a program of these tests, in the same Java. */
    static OwnProcess of(Path dir, Class<?> main, String... args) {
        return of(dir, dir, main, args);
    }

    /** The same with temporary files in another folder than its words. */
    static OwnProcess of(Path dir, Path temporary, Class<?> main, String... args) {
        List<String> command = java(temporary, "", main);
        command.addAll(List.of(args));
        return start(main.getSimpleName(), dir, command, Map.of());
    }

    private static List<String> java(Path temporary, String more, Class<?> main) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx900m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:ReservedCodeCacheSize=400m"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(arg -> arg.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Djdk.reflect.useDirectMethodHandle=false",
                "-Duser.timezone=UTC",
                "-Dlog4j2.configurationFile=tideline-log4j2.properties",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path") + more,
                main.getName()));
        return command;
    }

    /** Starts {@code command} in the folder {@code dir}, with {@code environment} above that of this process. */
    static OwnProcess start(String name, Path dir, List<String> command, Map<String, String> environment) {
        try {
            Path words = Files.createTempFile(dir, name + "-", ".log");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(dir.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(words.toFile());
            builder.environment().putAll(environment);
            return new OwnProcess(name, builder.start(), words);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything it has said so far. */
    String words() {
        try {
            return new String(Files.readAllBytes(words), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends its standard input, which some programs wait for. */
    void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Waits for its end and returns its exit code. */
    int exitCode(Duration most) {
        try {
            assertThat(process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS))
                    .as("%s ends within %s:%n%s", name, most, words())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /** {@code kill -9}; returns its exit code, another than {@link #SIGKILL} when it had ended already. */
    int kill() {
        process.destroyForcibly();
        return exitCode(TO_DIE);
    }

    /** Sends it {@code STOP}, {@code CONT} or another signal. */
    void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(code).as("kill -%s %s", name, process.pid()).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Asks it to end, with what it has started. */
    void terminate() {
        process.destroy();
    }

    /** One that has ended is left alone: by now its number may be another's, whose children would be killed. */
    private void killAll() {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        killAll();
        exitCode(TO_DIE);
        Runtime.getRuntime().removeShutdownHook(last);
    }

    @Override
    public String toString() {
        return name + " (process " + process.pid() + ")";
    }
}
