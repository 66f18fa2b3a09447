package dev.tideline.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's file system of this machine, without its shells and sums: where Hadoop's native library is missing it starts a
 * process for each file that it makes or renames, seventy for a micro-batch; and it writes a checksum beside each. A table's file
 * is on the disk once it is closed, since a commit names it then.
 */
public final class FolderFileSystem extends LocalFileSystem {
    /** Called by Hadoop, by reflection. */
    public FolderFileSystem() {
        super(new Raw());
        setWriteChecksum(false);
    }

    /** The Spark settings that make Hadoop, and what Spark and Delta rename through it, use this for {@code file:}. */
    public static Map<String, String> sparkSettings() {
        return Map.of(
                "spark.hadoop.fs.file.impl",
                FolderFileSystem.class.getName(),
                "spark.sql.streaming.checkpointFileManagerClass",
                "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager");
    }

    private static final class Raw extends RawLocalFileSystem {
        @Override
        protected OutputStream createOutputStreamWithMode(Path path, boolean append, FsPermission permission)
                throws IOException {
            OutputStream out = super.createOutputStreamWithMode(path, append, permission);
            return path.getName().endsWith(".parquet")
                    ? new DurableFile(out, pathToFile(path).toPath())
                    : out;
        }

        @Override
        public void setPermission(Path path, FsPermission permission) throws IOException {
            if (permission.getStickyBit()) {
                super.setPermission(path, permission);
                return;
            }
            String rwx = permission.getUserAction().SYMBOL
                    + permission.getGroupAction().SYMBOL
                    + permission.getOtherAction().SYMBOL;
            Files.setPosixFilePermissions(pathToFile(path).toPath(), PosixFilePermissions.fromString(rwx));
        }
    }

    /** A file that is on the disk once it is closed. */
    private static final class DurableFile extends FilterOutputStream {
        private final java.nio.file.Path file;
        private boolean closed;

        DurableFile(OutputStream out, java.nio.file.Path file) {
            super(out);
            this.file = file;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length); // not one by one
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                super.close();
                Durable.content(file);
                Durable.name(file);
            }
        }
    }
}
