package dev.tideline.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.S3AFileSystem;

/** The files of a Delta log, listed without Delta. */
public final class LogFiles {
    private LogFiles() {}

    /**
     * The files beside {@code path} whose name is not less than its own, by name. On S3 that costs what lies from there on, not
     * what lies before.
     *
     * @throws FileNotFoundException when the directory is missing
     */
    public static List<FileStatus> from(FileSystem fs, Path path) throws IOException {
        if (isObjectStore(fs) && S3Listing.startsAnywhere((S3AFileSystem) fs)) {
            return S3Listing.from((S3AFileSystem) fs, fs.makeQualified(path));
        }
        return Arrays.stream(fs.listStatus(path.getParent()))
                .filter(file -> file.getPath().getName().compareTo(path.getName()) >= 0)
                .sorted(Comparator.comparing(file -> file.getPath().getName()))
                .toList();
    }

    /** Whether each question costs a round trip. */
    public static boolean isObjectStore(FileSystem fs) {
        return fs instanceof S3AFileSystem;
    }
}
