package dev.tideline.storage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.FaultyLine;
import dev.tideline.embedded.FaultyLine.Fault;
import io.delta.storage.CloseableIterator;
import io.delta.storage.LogStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The log store against a real S3 server, each writer with a file system and a line of its own, as in two processes. */
@Timeout(60)
@Tag("lane-b")
class ConditionalPutLogStoreIT {
    private static final int LARGE = 12_000_000;
    private static final AtomicInteger TABLES = new AtomicInteger();

    @TempDir
    static java.nio.file.Path dir;

    private static EmbeddedS3 s3;
    private static String bucket;

    private Writer ann;
    private Writer bob;
    private Path log;

    @BeforeAll
    static void startS3() {
        s3 = EmbeddedS3.start(dir);
        bucket = s3.newBucket("log-store");
    }

    @AfterAll
    static void stopS3() {
        s3.close();
    }

    @BeforeEach
    void openWriters() {
        log = new Path("s3a://%s/table-%d/_delta_log".formatted(bucket, TABLES.incrementAndGet()));
        ann = new Writer();
        bob = new Writer();
    }

    @AfterEach
    void closeWriters() throws IOException {
        ann.close();
        bob.close();
    }

    @Test
    void writesOnceAndReadsBackEveryLine() throws IOException {
        ann.write(version(0), "{\"a\":\"ä€𝄞\"}", "{}");

        assertThat(ann.read(version(0))).containsExactly("{\"a\":\"ä€𝄞\"}", "{}");
        assertThat(ann.line.requests())
                .filteredOn(request -> request.startsWith("PUT"))
                .hasSize(1);
        assertThatThrownBy(() -> ann.write(version(0), "again"))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("00000000000000000000.json");
        assertThat(bob.read(version(0))).hasSize(2);
    }

    @Test
    void aCommitIsASingleRequest() throws IOException {
        ann.write(version(0), "{}");
        int before = ann.line.requests().size();

        ann.write(version(1), "{}");

        assertThat(ann.line.requests()).hasSize(before + 1);
    }

    @Test
    void overwritesWhenAsked() throws IOException {
        Path checkpoint = new Path(log, "_last_checkpoint");
        ann.overwrite(checkpoint, "old");
        bob.overwrite(checkpoint, "new");

        assertThat(ann.read(checkpoint)).containsExactly("new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann", "bob"})
    void ofTwoPutsUnderWayOnlyTheFirstToArriveStands(String first) throws Exception {
        race(first, "from ann", "from bob");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann", "bob"})
    void ofTwoMultipartUploadsUnderWayOnlyTheFirstToCompleteStands(String first) throws Exception {
        race(first, "ann".repeat(LARGE / 3), "bob".repeat(LARGE / 3));
    }

    /** Both have passed every check that a client could make, and stand before the server; then one after the other goes. */
    private void race(String first, String fromAnn, String fromBob) throws Exception {
        Held annHeld = ann.holdPublishing();
        Held bobHeld = bob.holdPublishing();
        Future<Throwable> annEnds = ann.writeLater(version(7), fromAnn);
        Future<Throwable> bobEnds = bob.writeLater(version(7), fromBob);
        annHeld.awaitArrival();
        bobHeld.awaitArrival();

        boolean annFirst = first.equals("ann");
        (annFirst ? annHeld : bobHeld).release();
        assertThat((annFirst ? annEnds : bobEnds).get(30, SECONDS)).isNull();
        (annFirst ? bobHeld : annHeld).release();

        assertThat((annFirst ? bobEnds : annEnds).get(30, SECONDS))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("00000000000000000007.json");
        assertThat(ann.read(version(7))).containsExactly(annFirst ? fromAnn : fromBob);
    }

    @ParameterizedTest
    @EnumSource(names = {"LOSE_ANSWER", "ANSWER_500"})
    void aCommitWhoseAnswerWasLostSucceedsWhenTheRetryMeetsIt(Fault fault) throws IOException {
        ann.failPuts(1, fault);

        assertThatCode(() -> ann.write(version(3), "from ann")).doesNotThrowAnyException();

        assertThat(ann.puts()).as("the put and its retry").isEqualTo(2);
        assertThat(bob.read(version(3))).containsExactly("from ann");
    }

    @Test
    void aCommitWhoseAnswersWereAllLostSucceeds() throws IOException {
        ann.failPuts(1_000, Fault.LOSE_ANSWER);

        assertThatCode(() -> ann.write(version(3), "from ann")).doesNotThrowAnyException();

        assertThat(bob.read(version(3))).containsExactly("from ann");
    }

    @ParameterizedTest
    @EnumSource(names = {"LOSE_ANSWER", "ANSWER_500"})
    void aLargeCommitWhoseAnswerWasLostSucceeds(Fault fault) throws IOException {
        String large = "ann".repeat(LARGE / 3);
        AtomicInteger completions = new AtomicInteger();
        ann.line.rule(request -> completes(request) && completions.incrementAndGet() == 1 ? fault : Fault.NONE);

        assertThatCode(() -> ann.write(version(3), large)).doesNotThrowAnyException();

        assertThat(completions).hasValueGreaterThan(1);
        assertThat(bob.read(version(3))).containsExactly(large);
    }

    @Test
    void aLargeCommitWhoseAnswersWereAllLostSucceeds() throws IOException {
        String large = "ann".repeat(LARGE / 3);
        ann.line.rule(request -> completes(request) ? Fault.LOSE_ANSWER : Fault.NONE);

        assertThatCode(() -> ann.write(version(3), large)).doesNotThrowAnyException();

        assertThat(bob.read(version(3))).containsExactly(large);
    }

    @Test
    void aStrangersCommitIsNotTakenForOurOwnRetriedOne() throws IOException {
        AtomicInteger puts = new AtomicInteger();
        ann.line.rule(request -> {
            if (!request.startsWith("PUT") || puts.incrementAndGet() > 1) {
                return Fault.NONE;
            }
            assertThat(catchThrowable(() -> bob.write(version(3), "from bob"))).isNull();
            return Fault.LOSE_REQUEST;
        });

        assertThatThrownBy(() -> ann.write(version(3), "from ann")).isInstanceOf(FileAlreadyExistsException.class);

        assertThat(puts).as("the put and its retry").hasValue(2);
        assertThat(bob.read(version(3))).containsExactly("from bob");
    }

    @Test
    void aCommitWithoutAnIdIsAStrangers() throws IOException {
        bob.overwrite(version(3), "by another tool");

        assertThatThrownBy(() -> ann.write(version(3), "from ann")).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void aPassingConflictIsTriedAgain() throws IOException {
        ann.failPuts(2, Fault.REFUSE_409);

        ann.write(version(3), "from ann");

        assertThat(ann.puts()).isEqualTo(3);
        assertThat(bob.read(version(3))).containsExactly("from ann");
    }

    @Test
    void aConflictThatDoesNotPassIsAnError() {
        ann.failPuts(1_000, Fault.REFUSE_409);

        assertThatThrownBy(() -> ann.write(version(3), "from ann"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("ConditionalRequestConflict");
        assertThat(ann.puts()).isEqualTo(5);
    }

    @Test
    void aRefusedWriteIsAnErrorAndNotARace() {
        ann.failPuts(1_000, Fault.REFUSE_403);

        assertThatThrownBy(() -> ann.write(version(3), "from ann"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("403");
    }

    @Test
    void aCommitOfWhichNothingCanBeLearntIsAnError() {
        ann.line.rule(request -> Fault.LOSE_ANSWER);

        assertThatThrownBy(() -> ann.write(version(3), "from ann"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(FileAlreadyExistsException.class)
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    }

    @Test
    void aLargeCommitThatFailsHalfwayLeavesNothing() {
        ann.line.rule(request -> request.startsWith("POST") ? Fault.REFUSE_403 : Fault.NONE);

        assertThatThrownBy(() -> ann.write(version(3), "ann".repeat(LARGE / 3)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("403");

        assertThatThrownBy(() -> bob.read(version(3))).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void actionsThatFailHalfwayLeaveNothing() {
        Iterator<String> actions = Stream.of(1, 0).map(n -> "line " + 1 / n).iterator();

        assertThatThrownBy(() -> ann.as(() -> {
                    ann.store.write(version(3), actions, false, ann.hadoop);
                    return version(3);
                }))
                .isInstanceOf(ArithmeticException.class);

        assertThatThrownBy(() -> bob.read(version(3))).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void refusesToCommitWhereConditionsAreSwitchedOff() {
        ann.hadoop.setBoolean("fs.s3a.create.conditional.enabled", false);

        assertThatThrownBy(() -> ann.write(version(3), "{}"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("Cannot commit s3a://" + bucket + "/")
                .hasMessageEndingWith("(use s3a:// with fs.s3a.create.conditional.enabled = true)");
    }

    @Test
    void manyThreadsOfTwoProcessesWriteEachVersionOnce() throws Exception {
        int versions = 25;
        int threads = 8;
        ConcurrentHashMap<Integer, List<String>> winners = new ConcurrentHashMap<>();
        CyclicBarrier together = new CyclicBarrier(threads);
        List<Future<Throwable>> ends = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            Writer writer = thread % 2 == 0 ? ann : bob;
            String name = "thread " + thread + " ";
            ends.add(later(() -> {
                for (int version = 0; version < versions; version++) {
                    together.await(30, SECONDS);
                    String[] lines = {name + version, name.repeat(2_000) + "!", name + "ends"};
                    try {
                        writer.write(version(version), lines);
                        assertThat(winners.put(version, List.of(lines))).isNull();
                    } catch (FileAlreadyExistsException lost) {
                        assertThat(lost).hasMessageContaining("%020d.json".formatted(version));
                    }
                }
            }));
        }
        for (Future<Throwable> end : ends) {
            assertThat(end.get(50, SECONDS)).isNull();
        }

        assertThat(winners).hasSize(versions);
        for (int version = 0; version < versions; version++) {
            assertThat(ann.read(version(version))).isEqualTo(winners.get(version));
        }
    }

    @Test
    void listsFromTheNameOnInOrder() throws IOException {
        for (int version = 8; version <= 11; version++) {
            ann.write(version(version), "{}");
        }
        ann.overwrite(new Path(log, "00000000000000000010.crc"), "{}");
        ann.overwrite(new Path(log, "_last_checkpoint"), "{}");
        ann.overwrite(new Path(log, "_sidecars/0f.parquet"), "{}");
        ann.overwrite(new Path(log, "_commits/0f.json"), "{}");
        ann.overwrite(new Path(log.getParent(), "_delta_log2/99.json"), "{}");

        assertThat(ann.list(new Path(log, "00000000000000000010.")))
                .containsExactly(
                        "00000000000000000010.crc",
                        "00000000000000000010.json",
                        "00000000000000000011.json",
                        "_commits",
                        "_last_checkpoint",
                        "_sidecars");
        assertThat(ann.list(new Path(log, "00000000000000000010.d"))).startsWith("00000000000000000010.json");
        assertThat(ann.list(version(11))).startsWith("00000000000000000011.json");
        assertThat(ann.list(version(12))).startsWith("_commits");
    }

    @Test
    void listsTheSameAsAPlainListing() throws IOException {
        ann.write(version(5), "{}", "{}");
        FileStatus listed = ann.statuses(version(5)).get(0);
        FileStatus plain = ann.fileSystem().getFileStatus(version(5));

        assertThat(listed.getPath()).isEqualTo(plain.getPath());
        assertThat(listed.getLen()).isEqualTo(plain.getLen()).isEqualTo(6);
        assertThat(listed.getModificationTime()).isEqualTo(plain.getModificationTime());
        assertThat(listed.isFile()).isTrue();
    }

    @Test
    void aMissingDirectoryIsAnErrorAndAnEmptyOneIsNot() throws IOException {
        assertThatThrownBy(() -> ann.list(version(0)))
                .isInstanceOf(FileNotFoundException.class)
                .hasMessageContaining("_delta_log");

        ann.fileSystem().mkdirs(log);
        assertThat(ann.list(version(0))).isEmpty();
        ann.write(version(0), "{}");
        assertThat(ann.list(version(1))).isEmpty();
    }

    @Test
    void listingCostsOneRequestHoweverOldTheLogIs() throws IOException {
        ann.hadoop.setInt("fs.s3a.paging.maximum", 10);
        for (int version = 0; version < 60; version++) {
            bob.write(version(version), "{}");
        }
        ann.list(version(59));
        int before = ann.line.requests().size();

        assertThat(ann.list(version(55))).hasSize(5);

        assertThat(ann.line.requests()).hasSize(before + 1);
    }

    @Test
    void listsMoreThanOnePage() throws IOException {
        ann.hadoop.setInt("fs.s3a.paging.maximum", 10);
        for (int version = 0; version < 35; version++) {
            bob.write(version(version), "{}");
        }

        assertThat(ann.list(version(3)))
                .containsExactlyElementsOf(IntStream.range(3, 35)
                        .mapToObj(version -> version(version).getName())
                        .toList());
    }

    @Test
    void nothingIsEverHalfVisible() throws IOException {
        assertThat(ann.store.isPartialWriteVisible(version(0), ann.hadoop)).isFalse();
        assertThat(ann.as(() -> ann.store.resolvePathOnPhysicalStorage(version(0), ann.hadoop)))
                .isEqualTo(version(0));
    }

    private Path version(long version) {
        return new Path(log, "%020d.json".formatted(version));
    }

    private static boolean completes(String request) {
        return request.startsWith("POST") && request.contains("uploadId=");
    }

    private static boolean publishes(String request) {
        return completes(request) || (request.startsWith("PUT") && !request.contains("uploadId="));
    }

    private interface Work {
        void run() throws Exception;
    }

    /** What the work threw, or null. */
    private static Future<Throwable> later(Work work) {
        return CompletableFuture.supplyAsync(() -> catchThrowable(work::run), command -> {
            Thread thread = new Thread(command, "writer");
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** Holds the first request that matters until it is released. */
    private static final class Held {
        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        Fault hold() {
            arrived.countDown();
            await(released);
            return Fault.NONE;
        }

        void awaitArrival() {
            await(arrived);
        }

        void release() {
            released.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(30, SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * A driver: a store, a file system and a line to the server, none of them shared. Its own user makes Hadoop's cache give
     * it a file system of its own.
     */
    private static final class Writer implements AutoCloseable {
        private final FaultyLine line = FaultyLine.to(s3.endpoint());
        private final Configuration hadoop = new Configuration(false);
        private final LogStore store = new ConditionalPutLogStore(hadoop);
        private final UserGroupInformation user = UserGroupInformation.createRemoteUser("writer");
        private final AtomicInteger puts = new AtomicInteger();

        Writer() {
            s3.hadoopSettings().forEach(hadoop::set);
            hadoop.set("fs.s3a.impl", S3AFileSystem.class.getName());
            hadoop.set("fs.s3a.endpoint", line.endpoint());
            hadoop.set("fs.s3a.multipart.size", "5M");
            hadoop.set("fs.s3a.retry.interval", "20ms");
        }

        FileSystem fileSystem() throws IOException {
            return as(() -> FileSystem.get(URI.create("s3a://" + bucket), hadoop));
        }

        void write(Path path, String... lines) throws IOException {
            as(() -> {
                store.write(path, List.of(lines).iterator(), false, hadoop);
                return path;
            });
        }

        void overwrite(Path path, String... lines) throws IOException {
            as(() -> {
                store.write(path, List.of(lines).iterator(), true, hadoop);
                return path;
            });
        }

        Future<Throwable> writeLater(Path path, String... lines) {
            return later(() -> write(path, lines));
        }

        List<String> read(Path path) throws IOException {
            return as(() -> {
                List<String> lines = new ArrayList<>();
                try (CloseableIterator<String> reading = store.read(path, hadoop)) {
                    reading.forEachRemaining(lines::add);
                }
                return lines;
            });
        }

        List<FileStatus> statuses(Path path) throws IOException {
            return as(() -> {
                List<FileStatus> statuses = new ArrayList<>();
                store.listFrom(path, hadoop).forEachRemaining(statuses::add);
                return statuses;
            });
        }

        List<String> list(Path path) throws IOException {
            return statuses(path).stream().map(file -> file.getPath().getName()).toList();
        }

        /** Holds the first request that makes a file visible. */
        Held holdPublishing() {
            Held held = new Held();
            AtomicBoolean first = new AtomicBoolean(true);
            line.rule(request -> publishes(request) && first.getAndSet(false) ? held.hold() : Fault.NONE);
            return held;
        }

        void failPuts(int times, Fault fault) {
            line.rule(request -> request.startsWith("PUT") && puts.incrementAndGet() <= times ? fault : Fault.NONE);
        }

        int puts() {
            return puts.get();
        }

        private <T> T as(PrivilegedExceptionAction<T> work) throws IOException {
            try {
                return user.doAs(work);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws IOException {
            FileSystem.closeAllForUGI(user);
            line.close();
        }
    }
}
