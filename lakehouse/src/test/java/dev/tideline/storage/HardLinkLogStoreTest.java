package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.storage.CloseableIterator;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
    private final Configuration hadoop = new Configuration();
    private final HardLinkLogStore store = new HardLinkLogStore(hadoop);

    @TempDir
    java.nio.file.Path dir;

    @Test
    void ofWritersThatAllBeganBeforeOneEndedExactlyOneWins() throws Exception {
        int writers = 8;
        CountDownLatch allBegan = new CountDownLatch(writers);
        ExecutorService executor = Executors.newFixedThreadPool(writers);
        List<Future<Boolean>> writing = IntStream.range(0, writers)
                .mapToObj(i -> executor.submit(() -> {
                    try {
                        store.write(file("0.json"), linesOnceAllBegan("of " + i, allBegan), false, hadoop);
                        return true;
                    } catch (FileAlreadyExistsException e) {
                        return false;
                    }
                }))
                .toList();
        List<Integer> winners = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            if (writing.get(i).get()) {
                winners.add(i);
            }
        }
        executor.shutdown();

        assertThat(winners).hasSize(1);
        assertThat(read("0.json")).containsExactly("of " + winners.get(0));
        assertThat(dir.toFile().list()).containsExactly("0.json");
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
