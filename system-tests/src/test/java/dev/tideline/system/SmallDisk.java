package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk of 64 MiB, in memory, which can be filled and emptied. Only root can mount one. */
final class SmallDisk implements AutoCloseable {
    private static final int MEBIBYTES = 64;
    /** What the smallest file takes. */
    static final int PAGE = 4096;

    private final Path folder;
    private final Path ballast;

    private SmallDisk(Path folder) {
        this.folder = folder;
        this.ballast = folder.resolve("ballast");
    }

    static void assumeThere() {
        assumeThat(System.getProperty("user.name"))
                .as("only root can mount a disk")
                .isEqualTo("root");
    }

    /** Mounts one at {@code folder}, which is made. */
    static SmallDisk at(Path folder) throws IOException {
        Files.createDirectories(folder);
        run("mount", "-t", "tmpfs", "-o", "size=" + MEBIBYTES + "m", "tideline-test", folder.toString());
        return new SmallDisk(folder);
    }

    Path folder() {
        return folder;
    }

    /** Fills it but for {@code pages}, as far as others do not use them meanwhile. */
    void fill(int pages) throws IOException {
        try (OutputStream out = Files.newOutputStream(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (long left = left(); left > pages; left = left()) {
                out.write(new byte[(int) Math.min(256, left - pages) * PAGE]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private long left() throws IOException {
        return Files.getFileStore(folder).getUsableSpace() / PAGE;
    }

    /** Makes room again. */
    void empty() throws IOException {
        Files.deleteIfExists(ballast);
    }

    @Override
    public void close() throws IOException {
        run("umount", "-l", folder.toString());
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).as(String.join(" ", command)).isEmpty();
    }
}
