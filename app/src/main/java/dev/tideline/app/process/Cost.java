package dev.tideline.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a process on this machine costs: kept in a small file, which {@code status} reads.
 *
 * @param at when it was measured
 * @param cores that it used since the measurement before, 1 for a whole one
 * @param memoryMib that it occupies
 */
public record Cost(Instant at, double cores, long memoryMib) {
    /** Name of the file, beside the configuration that the process wrote. */
    public static final String FILE = "cost.json";

    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Measures this process into {@code file} until it is closed, which deletes the file. */
    public static AutoCloseable measure(Path file) {
        Thread thread = new Thread(() -> measureUntilInterrupted(file), "tideline-cost");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            thread.interrupt();
            thread.join();
            Files.deleteIfExists(file);
        };
    }

    /** The cost in {@code file}; empty when no process has measured it lately. */
    public static Optional<Cost> read(Path file, Instant now) {
        try {
            JsonNode cost = JSON.readTree(Files.readString(file));
            Instant at = Instant.parse(cost.path("at").asText());
            return at.isBefore(now.minus(EVERY.multipliedBy(3)))
                    ? Optional.empty()
                    : Optional.of(new Cost(
                            at,
                            cost.path("cores").asDouble(),
                            cost.path("memory_mib").asLong()));
        } catch (IOException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static void measureUntilInterrupted(Path file) {
        long cpu = cpuNanos();
        long at = System.nanoTime();
        try {
            while (true) {
                Thread.sleep(EVERY.toMillis());
                long nextCpu = cpuNanos();
                long next = System.nanoTime();
                write(file, new Cost(Instant.now(), (double) (nextCpu - cpu) / (next - at), residentMib()));
                cpu = nextCpu;
                at = next;
            }
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt(); // the figure is for people: nothing depends on it
        }
    }

    private static void write(Path file, Cost cost) throws IOException {
        Path written = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(
                written,
                JSON.writeValueAsString(
                        Map.of("at", cost.at().toString(), "cores", cost.cores(), "memory_mib", cost.memoryMib())));
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getProcessCpuTime()
                : 0;
    }

    /** What Linux says is resident; elsewhere what Java has taken for its heap. */
    private static long residentMib() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException | NoSuchElementException e) {
            return Runtime.getRuntime().totalMemory() >> 20;
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f cores, %,d MiB", cores, memoryMib);
    }
}
