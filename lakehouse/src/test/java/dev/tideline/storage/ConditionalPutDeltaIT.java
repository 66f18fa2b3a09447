package dev.tideline.storage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tideline.SmallTables;
import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.FaultyLine;
import dev.tideline.embedded.FaultyLine.Fault;
import io.delta.kernel.defaults.internal.logstore.LogStoreProvider;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivilegedAction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.storage.DelegatingLogStore;
import org.apache.spark.sql.delta.storage.LogStoreAdaptor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Delta itself on top of the log store. Two drivers reach one table through lines of their own: the endpoint among a write's
 * options gives each its own Delta log, its own user gives each its own file system, so nothing is shared but the table.
 */
@Timeout(300)
@Tag("lane-b")
class ConditionalPutDeltaIT {
    private static final AtomicInteger TABLES = new AtomicInteger();

    @TempDir
    static Path dir;

    private static EmbeddedS3 s3;
    private static String bucket;
    private static SparkSession spark;

    private static Driver ann;
    private static Driver bob;

    private String table;

    @BeforeAll
    static void start() {
        s3 = EmbeddedS3.start(dir);
        bucket = s3.newBucket("conditional-put");
        spark = SmallTables.session();
        s3.hadoopSettings(bucket).forEach(ConditionalPutDeltaIT::set);
        set("fs.s3a.bucket." + bucket + ".retry.interval", "20ms");
        ann = new Driver();
        bob = new Driver();
    }

    private static void set(String key, String value) {
        spark.sparkContext().hadoopConfiguration().set(key, value);
    }

    @AfterAll
    static void stop() throws IOException {
        ann.close();
        bob.close();
        s3.close();
    }

    @BeforeEach
    void newTable() {
        table = "s3a://" + bucket + "/table-" + TABLES.incrementAndGet();
    }

    @Test
    void theSettingsReachDeltaAndDeltaKernel() {
        LogStoreAdaptor delta = (LogStoreAdaptor)
                ((DelegatingLogStore) DeltaLog.forTable(spark, table).store())
                        .getDelegate(new org.apache.hadoop.fs.Path(table));

        assertThat(delta.logStoreImpl()).isInstanceOf(ConditionalPutLogStore.class);
        assertThat(LogStoreProvider.getLogStore(spark.sparkContext().hadoopConfiguration(), "s3a"))
                .isInstanceOf(ConditionalPutLogStore.class);
    }

    @Test
    void ofTwoDriversThatCommitOneVersionTheSecondTakesTheNext() throws Exception {
        append(ann, 0);
        CyclicBarrier bothUnderWay = new CyclicBarrier(2);
        ann.line.rule(meet(bothUnderWay));
        bob.line.rule(meet(bothUnderWay));

        Future<Throwable> annEnds = later(() -> append(ann, 1));
        Future<Throwable> bobEnds = later(() -> append(bob, 2));

        assertThat(annEnds.get(250, SECONDS)).isNull();
        assertThat(bobEnds.get(250, SECONDS)).isNull();
        assertThat(rows()).containsExactlyInAnyOrder(0L, 1L, 2L);
        assertThat(versions()).isEqualTo(3);
    }

    @Test
    void twoDriversAppendingAtOnceLoseNothing() throws Exception {
        long appends = 5;
        append(ann, -1);
        Future<Throwable> annEnds = later(() -> appendAll(ann, 0, appends));
        Future<Throwable> bobEnds = later(() -> appendAll(bob, appends, 2 * appends));

        assertThat(annEnds.get(250, SECONDS)).isNull();
        assertThat(bobEnds.get(250, SECONDS)).isNull();
        assertThat(rows())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(-1, 2 * appends).boxed().toList());
        assertThat(versions()).isEqualTo(2 * appends + 1);
    }

    @Test
    void anAppendWhoseAnswerWasLostIsCommittedOnce() {
        append(ann, 0);
        AtomicBoolean lost = new AtomicBoolean();
        ann.line.rule(request -> commitsVersionOne(request) && !lost.getAndSet(true) ? Fault.LOSE_ANSWER : Fault.NONE);

        append(ann, 1);

        assertThat(lost).isTrue();
        assertThat(rows()).containsExactlyInAnyOrder(0L, 1L);
        assertThat(versions()).isEqualTo(2);
    }

    private void appendAll(Driver driver, long from, long until) {
        for (long row = from; row < until; row++) {
            append(driver, row);
        }
    }

    private void append(Driver driver, long row) {
        driver.user.doAs((PrivilegedAction<Void>) () -> {
            spark.createDataset(List.of(row), Encoders.LONG())
                    .toDF("id")
                    .write()
                    .format("delta")
                    .mode("append")
                    .option("fs.s3a.bucket." + bucket + ".endpoint", driver.line.endpoint())
                    .save(table);
            return null;
        });
    }

    private List<Long> rows() {
        return spark.read().format("delta").load(table).as(Encoders.LONG()).collectAsList();
    }

    private long versions() {
        return DeltaTable.forPath(spark, table).history().count();
    }

    private static boolean commitsVersionOne(String request) {
        return request.startsWith("PUT") && request.contains("/_delta_log/00000000000000000001.json");
    }

    /** Lets the first such request go on only together with the other driver's. */
    private static Function<String, Fault> meet(CyclicBarrier other) {
        AtomicBoolean met = new AtomicBoolean();
        return request -> {
            if (commitsVersionOne(request) && !met.getAndSet(true)) {
                assertThat(catchThrowable(() -> other.await(120, SECONDS))).isNull();
            }
            return Fault.NONE;
        };
    }

    /** What the work threw, or null. */
    private static Future<Throwable> later(Runnable work) {
        return CompletableFuture.supplyAsync(() -> catchThrowable(work::run));
    }

    private static final class Driver implements AutoCloseable {
        private final FaultyLine line = FaultyLine.to(s3.endpoint());
        private final UserGroupInformation user = UserGroupInformation.createRemoteUser("driver");

        @Override
        public void close() throws IOException {
            FileSystem.closeAllForUGI(user);
            line.close();
        }
    }
}
