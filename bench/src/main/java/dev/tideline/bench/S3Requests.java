package dev.tideline.bench;

import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.audit.AuditStatisticNames;
import org.apache.hadoop.fs.statistics.IOStatisticsSource;
import org.apache.hadoop.fs.statistics.StoreStatisticNames;

/**
 * Requests to S3, as Amazon charges them.
 *
 * @param writes PUT, LIST and the like
 * @param reads GET, HEAD and what costs nothing
 */
record S3Requests(long writes, long reads) {
    private static final List<String> WRITES = List.of(
            StoreStatisticNames.OBJECT_PUT_REQUEST,
            StoreStatisticNames.OBJECT_LIST_REQUEST,
            StoreStatisticNames.OBJECT_CONTINUE_LIST_REQUEST,
            StoreStatisticNames.OBJECT_COPY_REQUESTS,
            StoreStatisticNames.OBJECT_MULTIPART_UPLOAD_INITIATED);

    /** All that the client of {@code s3a} has counted. */
    static S3Requests of(FileSystem s3a) {
        Map<String, Long> counters =
                ((IOStatisticsSource) s3a).getIOStatistics().counters();
        long all = counters.getOrDefault(AuditStatisticNames.AUDIT_REQUEST_EXECUTION, 0L);
        long writes = WRITES.stream()
                .mapToLong(kind -> counters.getOrDefault(kind, 0L))
                .sum();
        return new S3Requests(writes, all - writes);
    }

    S3Requests minus(S3Requests earlier) {
        return new S3Requests(writes - earlier.writes, reads - earlier.reads);
    }
}
