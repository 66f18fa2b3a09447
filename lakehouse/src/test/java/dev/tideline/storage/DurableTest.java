package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is forced to the disk, as the JVM saw it: without it a commit can be there after a power failure, and its bytes not. */
class DurableTest {
    @TempDir
    Path dir;

    @Test
    void aFileOfATableIsOnTheDiskOnceItIsClosed() throws IOException {
        Path file = dir.resolve("part-0.parquet");
        FolderFileSystem folder = new FolderFileSystem();
        folder.initialize(dir.toUri(), new Configuration());

        List<String> forced = forced(() -> {
            try (var out = folder.create(new org.apache.hadoop.fs.Path(file.toUri()))) {
                out.writeBytes("rows");
            }
        });

        assertThat(forced).containsExactly(file.toString(), dir.toString());
        assertThat(file).hasContent("rows");
    }

    @Test
    void aCommitIsOnTheDiskBeforeItHasItsName() throws IOException {
        Path log = dir.resolve("_delta_log");
        Path commit = log.resolve("00000000000000000000.json");
        HardLinkLogStore store = new HardLinkLogStore(new Configuration());

        List<String> forced = forced(() -> store.write(
                new org.apache.hadoop.fs.Path(commit.toUri()), List.of("{}").iterator(), false, new Configuration()));

        assertThat(forced).hasSize(2);
        assertThat(forced.get(0)).as("the file that gets its name").endsWith(".tmp");
        assertThat(forced.get(1)).isEqualTo(log.toString());
    }

    private interface Writing {
        void run() throws IOException;
    }

    private List<String> forced(Writing writing) throws IOException {
        Path recorded = dir.resolveSibling(dir.getFileName() + ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold();
            recording.start();
            writing.run();
            recording.stop();
            recording.dump(recorded);
        }
        List<String> paths = new ArrayList<>();
        RecordingFile.readAllEvents(recorded).forEach(event -> paths.add(event.getString("path")));
        paths.removeIf(path -> !path.startsWith(dir.toString()));
        return paths;
    }
}
