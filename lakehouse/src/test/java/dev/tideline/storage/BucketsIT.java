package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.EmbeddedS3;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two S3 servers of one process, by one Hadoop configuration and its cache of clients. */
@Tag("lane-b")
class BucketsIT {
    @TempDir
    java.nio.file.Path dir;

    @Test
    void whatIsWrittenToOneServerIsNotOnTheOther() throws IOException {
        Configuration hadoop = new Configuration(false);
        hadoop.set("fs.s3a.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem");
        try (EmbeddedS3 one = EmbeddedS3.start(dir.resolve("one"));
                EmbeddedS3 other = EmbeddedS3.start(dir.resolve("other"))) {
            Path ofOne = folder(one, hadoop);
            Path ofOther = folder(other, hadoop);

            FileSystem.get(ofOne.toUri(), hadoop)
                    .create(new Path(ofOne, "file"))
                    .close();

            assertThat(FileSystem.get(ofOne.toUri(), hadoop).exists(new Path(ofOne, "file")))
                    .isTrue();
            assertThat(FileSystem.get(ofOther.toUri(), hadoop).exists(new Path(ofOther, "file")))
                    .isFalse();
        }
    }

    private static Path folder(EmbeddedS3 s3, Configuration hadoop) {
        String bucket = s3.newBucket("lake");
        s3.hadoopSettings(bucket).forEach(hadoop::set);
        return new Path(URI.create("s3a://" + bucket + "/folder"));
    }
}
