package dev.tideline.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Brings files to the disk before somebody is told that they are there, so that a machine that loses power has no commit without bytes. */
final class Durable {
    private Durable() {}

    /** The bytes of {@code file}. */
    static void content(Path file) throws IOException {
        force(file, StandardOpenOption.WRITE);
    }

    /** The name of {@code file} in its folder. */
    static void name(Path file) throws IOException {
        force(file.toAbsolutePath().getParent(), StandardOpenOption.READ);
    }

    private static void force(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }
}
