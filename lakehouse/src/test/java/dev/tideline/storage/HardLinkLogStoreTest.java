package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.storage.CloseableIterator;
import io.delta.storage.HDFSLogStore;
import io.delta.storage.LogStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HardLinkLogStoreTest {
    private static final int WRITERS = 8;
    private static final int ROUNDS = 300;

    private final Configuration hadoop = new Configuration();
    private final HardLinkLogStore store = new HardLinkLogStore(hadoop);

    @TempDir
    java.nio.file.Path dir;

    /** Who looks first and renames then is caught in some of the rounds. */
    @Test
    void ofWritersThatAllBeganBeforeOneEndedExactlyOneWins() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
        for (int round = 0; round < ROUNDS; round++) {
            String name = round + ".json";
            CountDownLatch allBegan = new CountDownLatch(WRITERS);
            List<Future<Boolean>> writing = IntStream.range(0, WRITERS)
                    .mapToObj(i -> executor.submit(() -> wins(name, "of " + i, allBegan)))
                    .toList();
            List<String> winners = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                if (writing.get(i).get()) {
                    winners.add("of " + i);
                }
            }
            assertThat(winners).as(name).hasSize(1);
            assertThat(read(name)).isEqualTo(winners);
        }
        executor.shutdown();
        assertThat(dir.toFile().list()).hasSize(ROUNDS);
    }

    private boolean wins(String name, String line, CountDownLatch allBegan) throws IOException {
        try {
            store.write(file(name), linesOnceAllBegan(line, allBegan), false, hadoop);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Test
    void hasDeltaMakeItsCheckpointsUnderAnotherName() {
        assertThat(store.isPartialWriteVisible(file("0.checkpoint.parquet"), hadoop))
                .isTrue();
    }

    @Test
    void whatFailsHalfwayLeavesNothing() {
        Iterator<String> failing = new Iterator<>() {
            private int given;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public String next() {
                if (given++ == 3) {
                    throw new IllegalStateException("no more");
                }
                return "{}";
            }
        };

        assertThatThrownBy(() -> store.write(file("0.json"), failing, false, hadoop))
                .hasMessage("no more");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void overwritesWhatHadoopWroteWithItsSum() throws IOException {
        try (var out = file("_last_checkpoint").getFileSystem(hadoop).create(file("_last_checkpoint"))) {
            out.writeBytes("old");
        }
        store.write(file("_last_checkpoint"), List.of("ä", "new").iterator(), true, hadoop);

        assertThat(read("_last_checkpoint")).containsExactly("ä", "new");
    }

    @Test
    void listsFromANameOnWhatDeltasOwnStoreLists() throws IOException {
        for (String name : List.of("09.json", "10.json", "10.checkpoint.parquet", "11.json", "_last_checkpoint")) {
            store.write(file(name), List.of("of " + name).iterator(), false, hadoop);
        }
        Files.createDirectory(dir.resolve("_sidecars"));
        for (String from : List.of("0", "10.json", "10.x", "_a", "z")) {
            assertThat(listed(store, from)).as(from).isEqualTo(listed(new HDFSLogStore(hadoop), from));
        }
        assertThat(listed(store, "10.json")).hasSize(4);

        assertThatThrownBy(() -> store.listFrom(file("missing/0.json"), hadoop))
                .isInstanceOf(FileNotFoundException.class)
                .hasMessageStartingWith("No such folder: file:/")
                .hasMessageEndingWith("/missing");
    }

    private List<String> listed(LogStore by, String from) throws IOException {
        List<String> files = new ArrayList<>();
        by.listFrom(file(from), hadoop)
                .forEachRemaining(f -> files.add(f.getPath() + " " + f.isDirectory() + " "
                        + (f.isDirectory() ? 0 : f.getLen()) + " " + f.getModificationTime()));
        return files;
    }

    private static Iterator<String> linesOnceAllBegan(String line, CountDownLatch allBegan) {
        return List.of(line).stream()
                .peek(l -> {
                    allBegan.countDown();
                    try {
                        allBegan.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .iterator();
    }

    private List<String> read(String name) throws IOException {
        List<String> lines = new ArrayList<>();
        try (CloseableIterator<String> reading = store.read(file(name), hadoop)) {
            reading.forEachRemaining(lines::add);
        }
        return lines;
    }

    private Path file(String name) {
        return new Path(dir.toUri().toString(), name);
    }
}
