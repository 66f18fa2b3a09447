package dev.tideline.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.s3a.Constants;
import org.apache.hadoop.fs.s3a.Listing;
import org.apache.hadoop.fs.s3a.S3AFileStatus;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.fs.s3a.S3ListRequest;
import org.apache.hadoop.fs.s3a.impl.S3ExpressStorage;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/**
 * A directory on S3 from a name on. What it costs depends on the names from there, not on those before: a log of a year
 * is listed from its last checkpoint in one request. (Delta's own {@code S3LogStoreUtil} is not used: in 4.4.0 it also
 * returns the files of sub-directories, such as {@code _delta_log/_sidecars}, as if they lay in the directory itself.)
 */
final class S3Listing {
    private S3Listing() {}

    /** False for S3 Express directory buckets: they list in no order, and always from the beginning. */
    static boolean startsAnywhere(S3AFileSystem s3a) throws IOException {
        return !s3a.hasPathCapability(new Path("/"), S3ExpressStorage.STORE_CAPABILITY_S3_EXPRESS_STORAGE);
    }

    /**
     * Files and directories beside {@code path} whose name is not less than its own, by name.
     *
     * @throws java.io.FileNotFoundException when the directory is missing
     */
    static List<FileStatus> from(S3AFileSystem s3a, Path path) throws IOException {
        Path directory = path.getParent();
        RemoteIterator<S3AFileStatus> found = s3a.getListing()
                .createFileStatusListingIterator(
                        directory,
                        S3ListRequest.v2(request(s3a, path)),
                        any -> true,
                        new Listing.AcceptAllButSelfAndS3nDirs(directory),
                        s3a.getActiveAuditSpan());
        List<FileStatus> files = new ArrayList<>();
        while (found.hasNext()) {
            FileStatus file = found.next();
            if (file.getPath().getName().compareTo(path.getName()) >= 0) {
                files.add(file);
            }
        }
        if (files.isEmpty()) {
            // Nothing from here on, or no such directory? Asking throws in the second case.
            s3a.getFileStatus(directory);
        }
        files.sort(Comparator.comparing(file -> file.getPath().getName()));
        return files;
    }

    private static ListObjectsV2Request request(S3AFileSystem s3a, Path path) {
        String directory = s3a.pathToKey(path.getParent());
        int pageSize = s3a.getConf().getInt(Constants.MAX_PAGING_KEYS, Constants.DEFAULT_MAX_PAGING_KEYS);
        return s3a.getRequestFactory()
                .newListObjectsV2RequestBuilder(directory.isEmpty() ? "" : directory + "/", "/", pageSize)
                .startAfter(before(s3a.pathToKey(path)))
                .build();
    }

    /** A key that sorts before this one and before which nothing is wanted: S3 lists what comes after it, exclusively. */
    private static String before(String key) {
        return key.substring(0, key.offsetByCodePoints(key.length(), -1));
    }
}
