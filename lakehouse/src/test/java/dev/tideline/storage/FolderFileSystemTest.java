package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderFileSystemTest {
    @TempDir
    java.nio.file.Path dir;

    private final FileSystem folder = new FolderFileSystem();
    private final FileSystem hadoops = new LocalFileSystem();

    @BeforeEach
    void initialize() throws IOException {
        folder.initialize(dir.toUri(), new Configuration());
        hadoops.initialize(dir.toUri(), new Configuration());
    }

    @Test
    void givesFilesAndFoldersThePermissionsThatHadoopGives() throws IOException {
        for (String mode : new String[] {"0644", "0600", "0751", "1777"}) {
            FsPermission permission = new FsPermission(mode);
            Path ours = file("ours-" + mode);
            Path theirs = file("theirs-" + mode);
            folder.create(ours).close();
            folder.setPermission(ours, permission);
            hadoops.create(theirs).close();
            hadoops.setPermission(theirs, permission);

            assertThat(permissions(ours)).as(mode).isEqualTo(permissions(theirs));
        }
        folder.mkdirs(file("of/ours"), new FsPermission("0700"));
        assertThat(permissions(file("of/ours"))).isEqualTo("rwx------");
    }

    @Test
    void writesNoSumAndHeedsThoseThatHadoopWrote() throws IOException {
        Path file = file("written");
        try (var out = hadoops.create(file)) {
            out.writeBytes("by Hadoop");
        }
        assertThat(dir.resolve(".written.crc")).exists();
        try (var out = folder.create(file, true)) {
            out.writeBytes("again");
        }
        assertThat(dir).isDirectoryContaining("glob:**/written").isDirectoryNotContaining("glob:**/.written.crc");
        try (var in = hadoops.open(file)) {
            assertThat(in.readAllBytes()).asString().isEqualTo("again");
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(java.nio.file.Path.of(path.toUri().getPath())));
    }

    private Path file(String name) {
        return new Path(dir.toUri().toString(), name);
    }
}
