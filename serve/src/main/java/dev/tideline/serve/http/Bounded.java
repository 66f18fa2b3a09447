package dev.tideline.serve.http;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkContext;

/** Runs queries that end in time: the Spark jobs of one that takes longer are cancelled. */
final class Bounded implements AutoCloseable {
    /** With the fair scheduler a question's short jobs do not wait behind the tasks of all micro-batches. */
    private static final String POOL = "spark.scheduler.pool";

    private final SparkContext spark;
    private final Duration most;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "http-timeouts");
        thread.setDaemon(true);
        return thread;
    });

    Bounded(SparkContext spark, Duration most) {
        this.spark = spark;
        this.most = most;
    }

    /**
     * @throws TimeoutException when it was cancelled
     */
    <T> T run(Callable<T> query) throws Exception {
        String group = "http-" + UUID.randomUUID();
        AtomicBoolean late = new AtomicBoolean();
        spark.setJobGroup(group, "HTTP", true);
        spark.setLocalProperty(POOL, "http");
        ScheduledFuture<?> alarm = clock.schedule(
                () -> {
                    late.set(true);
                    spark.cancelJobGroupAndFutureJobs(group, "it took longer than " + most.toSeconds() + " s");
                },
                most.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            T answer = query.call();
            if (late.get()) {
                throw new TimeoutException();
            }
            return answer;
        } catch (Exception e) {
            throw late.get() ? new TimeoutException() : e;
        } finally {
            alarm.cancel(false);
            spark.setLocalProperty(POOL, null);
            spark.clearJobGroup();
        }
    }

    Duration most() {
        return most;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
