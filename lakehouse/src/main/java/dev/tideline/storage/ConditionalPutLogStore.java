package dev.tideline.storage;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.s3a.AWSServiceIOException;
import org.apache.hadoop.fs.s3a.Constants;
import org.apache.hadoop.fs.s3a.S3AFileSystem;

/**
 * Delta's log on S3, safe for any number of drivers: a commit is one conditional put ({@code If-None-Match: *}), so of
 * several writers of one version exactly one wins and the others learn it as {@link FileAlreadyExistsException}, from
 * which Delta goes on to the next version. Delta's own store for S3 is safe inside one process only: two drivers overwrite
 * each other's commit without a word.
 *
 * <p>Every commit carries an id in its object's metadata. When an answer is lost on the way, the retry finds its own commit
 * standing; the id tells it from a stranger's, so that a commit is neither repeated nor taken for lost.
 *
 * <p>The store must honour {@code If-None-Match}, as Amazon S3 does since 2024.
 */
public final class ConditionalPutLogStore extends HadoopFileSystemLogStore {
    private static final String WRITE_ID = "tideline-write-id";
    private static final int ATTEMPTS = 5;
    private static final long PAUSE_MS = 100;

    /** Called by Delta, by reflection. */
    public ConditionalPutLogStore(Configuration hadoopConf) {
        super(hadoopConf);
    }

    /** The Spark settings that make Delta, and Delta Kernel inside it, use this store for {@code s3a://}. */
    public static Map<String, String> sparkSettings() {
        return LogStoreSettings.of("s3a", ConditionalPutLogStore.class);
    }

    /**
     * Writes one file of the log, visible whole or not at all.
     *
     * @throws FileAlreadyExistsException when another writer's file stands at {@code path} and {@code overwrite} is false
     * @throws IOException when the store could not be asked, or refused. With a lost connection it may still be that the
     *     commit arrives later: whoever must know reads the log again
     */
    @Override
    public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration hadoopConf)
            throws IOException {
        FileSystem fs = path.getFileSystem(hadoopConf);
        // All lines first: an iterator that fails must leave no open stream behind, and a refused put can be repeated.
        byte[] content = lines(actions);
        if (overwrite) {
            send(plainCreate(fs, path), content);
        } else {
            commit(fs, path, content);
        }
    }

    /** The files of the same directory from this name on, by name; on S3A without reading the names before it. */
    @Override
    public Iterator<FileStatus> listFrom(Path path, Configuration hadoopConf) throws IOException {
        if (path.getFileSystem(hadoopConf) instanceof S3AFileSystem s3a && S3Listing.startsAnywhere(s3a)) {
            return S3Listing.from(s3a, s3a.makeQualified(path)).iterator();
        }
        return super.listFrom(path, hadoopConf);
    }

    @Override
    public Boolean isPartialWriteVisible(Path path, Configuration hadoopConf) {
        return false;
    }

    private static void commit(FileSystem fs, Path path, byte[] content) throws IOException {
        requireConditionalCreate(fs, path);
        String id = UUID.randomUUID().toString();
        for (int attempt = 1; ; attempt++) {
            try {
                send(conditionalCreate(fs, path, id), content);
                return;
            } catch (IOException failure) {
                // A failure does not say whether the commit stands: its answer may have been lost, and a retry have met
                // our own file. What stands at the name does say.
                Standing standing = standing(fs, path, id, failure);
                if (standing == Standing.OURS) {
                    return;
                }
                if (standing == Standing.ANOTHERS) {
                    FileAlreadyExistsException lost = new FileAlreadyExistsException(path.toString());
                    lost.initCause(failure);
                    throw lost;
                }
                if (!isPassingConflict(failure) || attempt == ATTEMPTS) {
                    throw failure;
                }
                pause(attempt);
            }
        }
    }

    private static FSDataOutputStream conditionalCreate(FileSystem fs, Path path, String id) throws IOException {
        FSDataOutputStreamBuilder<?, ?> file = fs.createFile(path);
        return file.overwrite(false)
                .must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, "true")
                .must(Constants.FS_S3A_CREATE_HEADER + "." + WRITE_ID, id)
                .build();
    }

    private static FSDataOutputStream plainCreate(FileSystem fs, Path path) throws IOException {
        FSDataOutputStreamBuilder<?, ?> file = fs.createFile(path);
        // "Performance" saves the request that asks whether a directory of this name exists.
        return file.overwrite(true)
                .opt(Constants.FS_S3A_CREATE_PERFORMANCE, "true")
                .build();
    }

    private static void send(FSDataOutputStream out, byte[] content) throws IOException {
        try {
            out.write(content);
        } catch (IOException | RuntimeException failure) {
            // Never close here: S3A would publish the blocks that it has as the whole file.
            if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
                out.abort();
            }
            throw failure;
        }
        out.close();
    }

    private enum Standing {
        OURS,
        ANOTHERS,
        NONE
    }

    private static Standing standing(FileSystem fs, Path path, String id, IOException failure) throws IOException {
        try {
            byte[] found = fs.getXAttr(path, Constants.XA_HEADER_PREFIX + WRITE_ID);
            return found != null && id.equals(new String(found, StandardCharsets.UTF_8))
                    ? Standing.OURS
                    : Standing.ANOTHERS;
        } catch (FileNotFoundException nothing) {
            return Standing.NONE;
        } catch (IOException unreachable) {
            failure.addSuppressed(unreachable);
            throw failure;
        }
    }

    /** S3's answer to a put that met another operation on the same name; to be tried again, says S3's documentation. */
    private static boolean isPassingConflict(IOException failure) {
        return failure instanceof AWSServiceIOException answer && answer.statusCode() == 409;
    }

    private static void pause(int attempt) throws InterruptedIOException {
        try {
            Thread.sleep(PAUSE_MS * attempt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting to repeat a commit");
        }
    }

    private static void requireConditionalCreate(FileSystem fs, Path path) throws IOException {
        if (!fs.hasPathCapability(path, CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)) {
            throw new IOException(
                    "Cannot commit %s: its file system has no conditional create, %s (use s3a:// with %s = true)"
                            .formatted(path, fs.getClass().getName(), Constants.FS_S3A_CONDITIONAL_CREATE_ENABLED));
        }
    }

    private static byte[] lines(Iterator<String> actions) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (actions.hasNext()) {
            content.writeBytes(actions.next().getBytes(StandardCharsets.UTF_8));
            content.write('\n');
        }
        return content.toByteArray();
    }
}
