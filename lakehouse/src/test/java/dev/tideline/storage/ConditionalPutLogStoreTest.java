package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.storage.CloseableIterator;
import io.delta.storage.LogStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConditionalPutLogStoreTest {
    private final Configuration hadoop = new Configuration(false);
    private final LogStore store = new ConditionalPutLogStore(hadoop);

    @TempDir
    java.nio.file.Path dir;

    @Test
    void theSettingsNameAClassThatDeltaCanMake() throws ReflectiveOperationException {
        Map<String, String> settings = ConditionalPutLogStore.sparkSettings();

        assertThat(settings)
                .containsOnlyKeys("spark.delta.logStore.s3a.impl", "spark.hadoop.io.delta.kernel.logStore.s3a.impl");
        for (String name : settings.values()) {
            assertThat(Class.forName(name).getConstructor(Configuration.class).newInstance(hadoop))
                    .isInstanceOf(LogStore.class);
        }
    }

    @Test
    void refusesToCommitWhereTheFileSystemKnowsNoConditions() throws IOException {
        Path file = file("0.json");
        // Hadoop's, or ours where another test has asked for it first: they are kept for the whole process.
        String folder = file.getFileSystem(hadoop).getClass().getName();

        assertThatThrownBy(() -> store.write(file, List.of("{}").iterator(), false, hadoop))
                .isInstanceOf(IOException.class)
                .hasMessage("Cannot commit " + file
                        + ": its file system has no conditional create, " + folder
                        + " (use s3a:// with fs.s3a.create.conditional.enabled = true)");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void overwritesReadsAndListsOnAnyFileSystem() throws IOException {
        for (String name : List.of("2.json", "1.json", "0.json")) {
            store.write(file(name), List.of("old").iterator(), true, hadoop);
        }
        store.write(file("1.json"), List.of("ä", "new").iterator(), true, hadoop);

        List<String> lines = new ArrayList<>();
        try (CloseableIterator<String> reading = store.read(file("1.json"), hadoop)) {
            reading.forEachRemaining(lines::add);
        }
        assertThat(lines).containsExactly("ä", "new");
        List<String> names = new ArrayList<>();
        store.listFrom(file("1.json"), hadoop)
                .forEachRemaining(status -> names.add(status.getPath().getName()));
        assertThat(names).containsExactly("1.json", "2.json");
    }

    private Path file(String name) {
        return new Path(dir.toUri().toString(), name);
    }
}
