package dev.tideline.quickstart;

import dev.tideline.app.output.Console;
import dev.tideline.protocol.CannotException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code tideline serve} beside {@code dev}, in a process of its own: its sessions refuse to write, which the streams must. */
final class ServeProcess implements AutoCloseable {
    private static final long TO_END_SECONDS = 20;

    private final Process process;

    private ServeProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts it on the configuration {@code file} and returns once clients can come; what it says goes to {@code tideline}'s.
     *
     * @throws CannotException when it could not start, which it has said itself
     */
    static ServeProcess start(Path file, Console console) throws InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-Xmx1g");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of("serve", "--config", file.toString()));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            CountDownLatch said = new CountDownLatch(1);
            Thread words = new Thread(() -> tell(process, said, console), "serve");
            words.setDaemon(true);
            words.start();
            said.await();
            if (!process.isAlive()) {
                throw new CannotException("Cannot serve beside dev: see above");
            }
            return new ServeProcess(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void tell(Process process, CountDownLatch said, Console console) {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("ready")) {
                    said.countDown();
                } else {
                    console.out().println(line);
                    console.out().flush();
                }
            }
            process.waitFor();
        } catch (IOException | InterruptedException e) {
            console.say("serve: " + e);
        } finally {
            said.countDown();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(TO_END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
