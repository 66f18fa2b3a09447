package dev.tideline.serve;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Spark jobs of clients, by whichever door they came: one that takes too long is cancelled. A job of a stream, of an upkeep
 * or of an alert is no client's.
 */
public final class ClientJobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientJobs.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final SparkContext spark;
    private final Duration most;
    private final Map<Integer, Long> started = new ConcurrentHashMap<>();
    private final SparkListener listener = new SparkListener() {
        @Override
        public void onJobStart(SparkListenerJobStart start) {
            if (isOfAClient(start.properties())) {
                started.put(start.jobId(), System.nanoTime());
            }
        }

        @Override
        public void onJobEnd(SparkListenerJobEnd end) {
            started.remove(end.jobId());
        }
    };
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "client-jobs");
        thread.setDaemon(true);
        return thread;
    });

    private ClientJobs(SparkContext spark, Duration most) {
        this.spark = spark;
        this.most = most;
    }

    /** Watches the jobs of {@code spark}, none of which may take longer than {@code most}. */
    public static ClientJobs watch(SparkContext spark, Duration most) {
        ClientJobs jobs = new ClientJobs(spark, most);
        spark.addSparkListener(jobs.listener);
        Future<?> unused = jobs.clock.scheduleWithFixedDelay(
                jobs::cancelLate, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return jobs;
    }

    /** Statements of JDBC and HTTP have a group, those of Spark Connect a tag of its own; a stream has a group and an id. */
    static boolean isOfAClient(Properties job) {
        return job != null
                && (job.getProperty("spark.jobGroup.id") != null
                        || job.getProperty("spark.job.tags", "").contains("SparkConnect_"))
                && job.getProperty("sql.streaming.queryId") == null;
    }

    private void cancelLate() {
        long now = System.nanoTime();
        started.forEach((job, at) -> {
            if (now - at > most.toNanos() && started.remove(job) != null) {
                LOG.warn("A client's job {} is cancelled: it took longer than {} s", job, most.toSeconds());
                spark.cancelJob(job, "it took longer than " + most.toSeconds() + " s");
            }
        });
    }

    @Override
    public void close() {
        clock.shutdownNow();
        spark.removeSparkListener(listener);
    }
}
