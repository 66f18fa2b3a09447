package dev.tideline.storage;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Delta's log in a folder of this machine, safe for any number of processes: a commit is written under another name and then
 * given its own by a hard link, which fails where that name stands. Delta's own store looks first and renames then, and two
 * processes may both have looked; it also asks the shell about each file, which takes longer than the commit. What is committed is on the disk.
 */
public final class HardLinkLogStore extends HadoopFileSystemLogStore {
    /** Called by Delta, by reflection. */
    public HardLinkLogStore(Configuration hadoopConf) {
        super(hadoopConf);
    }

    /** The Spark settings that make Delta, and Delta Kernel inside it, use this store for {@code file:}. */
    public static Map<String, String> sparkSettings() {
        return LogStoreSettings.of("file", HardLinkLogStore.class);
    }

    /**
     * Writes one file of the log, which other processes see whole or not at all.
     *
     * @throws FileAlreadyExistsException when a file stands at {@code path} and {@code overwrite} is false
     * @throws IOException when the folder cannot be written, or has no hard links
     */
    @Override
    public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration hadoopConf)
            throws IOException {
        java.nio.file.Path file = local(path);
        java.nio.file.Path written = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        Files.createDirectories(file.getParent());
        try {
            Files.write(written, (Iterable<String>) () -> actions);
            Durable.content(written);
            if (overwrite) {
                Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                // Hadoop would check the new bytes against the sum of what it wrote here itself before.
                Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
            } else {
                link(file, written);
            }
            Durable.name(file);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    /**
     * Files and folders beside {@code path} whose name is not less than its own, by name. Only those are looked at: Hadoop would
     * ask about every file of a log, and a day of micro-batches leaves tens of thousands.
     *
     * @throws FileNotFoundException when there is no such folder
     */
    @Override
    public Iterator<FileStatus> listFrom(Path path, Configuration hadoopConf) throws IOException {
        Path folder = path.getFileSystem(hadoopConf).makeQualified(path).getParent();
        List<String> names;
        try (Stream<java.nio.file.Path> files = Files.list(local(folder))) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.compareTo(path.getName()) >= 0)
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            throw new FileNotFoundException("No such folder: " + folder);
        }
        List<FileStatus> found = new ArrayList<>();
        for (String name : names) {
            Path file = new Path(folder, name);
            try {
                BasicFileAttributes is = Files.readAttributes(local(file), BasicFileAttributes.class);
                found.add(new FileStatus(
                        is.size(), is.isDirectory(), 1, 0, is.lastModifiedTime().toMillis(), file));
            } catch (NoSuchFileException e) {
                // Delta has cleaned it up since.
            }
        }
        return found.iterator();
    }

    private static java.nio.file.Path local(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    private static void link(java.nio.file.Path file, java.nio.file.Path written) throws IOException {
        try {
            Files.createLink(file, written);
        } catch (UnsupportedOperationException e) {
            throw new IOException(
                    "Cannot commit " + file + ": its file system has no hard links (use another disk)", e);
        }
    }

    /** What others than this store write here is: Delta makes its checkpoints under another name because of it. */
    @Override
    public Boolean isPartialWriteVisible(Path path, Configuration hadoopConf) {
        return true;
    }
}
