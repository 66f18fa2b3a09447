package dev.tideline.app.config;

import dev.tideline.ledger.LakeLedgers;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Asks the lake's store whether we may write there, by a small file that is removed again. */
public final class WriteProbe {
    private static final byte[] CONTENT = {'?'};

    private WriteProbe() {}

    /** Whether the configuration's credentials may write to its lake. */
    public static boolean mayWrite(Config config) {
        Configuration conf = LakeRoot.impatient(LakeLedgers.configuration(Ledgers.settings(config)));
        Path probe = new Path(config.lake(), "_may_write_" + UUID.randomUUID());
        try (FileSystem store = FileSystem.newInstance(probe.toUri(), conf)) {
            try (OutputStream out = store.create(probe, false)) {
                out.write(CONTENT);
            } catch (IOException e) {
                return false;
            }
            store.delete(probe, false);
        } catch (IOException e) {
            return true; // it was written, and may stay there
        }
        return true;
    }
}
