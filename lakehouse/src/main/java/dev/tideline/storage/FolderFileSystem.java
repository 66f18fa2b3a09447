package dev.tideline.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's file system of this machine, without its shells and sums: where Hadoop's native library is missing it starts a
 * process for each file that it makes or renames, seventy for a micro-batch; and it writes a checksum beside each.
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
}
