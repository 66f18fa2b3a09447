package dev.tideline.app.config;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.protocol.Unreachable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.UnknownStoreException;

/** Asks the store about the lake's root once, quickly, before anything is started or written. */
final class LakeRoot {
    private LakeRoot() {}

    /**
     * @return whether there is a lake already
     * @throws Unreachable when the store does not answer
     * @throws CannotException when it has no such bucket, or refuses us
     */
    static boolean exists(String root, Configuration session) {
        Configuration impatient = impatient(session);
        return exists(root, () -> {
            try (FileSystem store = FileSystem.newInstance(new Path(root).toUri(), impatient)) {
                return store.listStatusIterator(new Path(root)).hasNext();
            }
        });
    }

    /** As {@link #exists}, by the client that goes on reading with {@code conf}. */
    static boolean existsFor(Configuration conf, String root) {
        return exists(
                root,
                () -> new Path(root)
                        .getFileSystem(conf)
                        .listStatusIterator(new Path(root))
                        .hasNext());
    }

    /** The same settings for somebody who waits: a store that does not answer is no longer asked after seconds. */
    static Configuration impatient(Configuration settings) {
        Configuration impatient = new Configuration(settings);
        impatient.set("fs.s3a.attempts.maximum", "2");
        impatient.set("fs.s3a.retry.limit", "2");
        impatient.set("fs.s3a.connection.establish.timeout", "5s");
        return impatient;
    }

    /** The refusal where there is no lake. */
    static NotYetWritten missing(String root) {
        return new NotYetWritten("Cannot read the lake " + root
                + ": there is none yet (start tideline archive and speed, or correct lake)");
    }

    /** One question to the store. */
    private interface Question {
        boolean ask() throws IOException;
    }

    private static boolean exists(String root, Question question) {
        try {
            return question.ask();
        } catch (UnknownStoreException e) {
            throw new CannotException(
                    "Cannot use the lake " + root + ": there is no such bucket (create it, or correct lake)", e);
        } catch (FileNotFoundException e) {
            return false;
        } catch (AccessDeniedException e) {
            throw new CannotException(
                    "Cannot use the lake " + root + ": access denied, " + Causes.line(e)
                            + " (are the credentials right: spark.hadoop.fs.s3a.access.key and .secret.key, or a role?)",
                    e);
        } catch (IOException | IllegalArgumentException e) {
            boolean store = root.startsWith("s3a:");
            String why = "Cannot use the lake " + root + ": " + Causes.line(e)
                    + (store
                            ? " (is spark.hadoop.fs.s3a.endpoint right, does it answer?)"
                            : " (a folder that can be written, or s3a://bucket/prefix)");
            throw store && e instanceof IOException ? new Unreachable(why, e) : new CannotException(why, e);
        }
    }
}
