package dev.tideline.streaming;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.protocol.Unreachable;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FSError;

/**
 * A stream that outlives a broker and a store that are away, and a full disk: where a run fails for what may pass, another one begins after a
 * while. Each reads the last recorded cut, so that a new run costs nothing but its start.
 */
public final class LastingStream implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofMinutes(1);
    /** So many failures in a row, which take more than an hour, are no outage. */
    private static final int MOST = 100;
    /** A run that lasted so long had not failed to begin. */
    private static final Duration LASTED = Duration.ofMinutes(2);

    private final Lake lake;
    private final Feed feed;
    private final Stream stream;
    private final Consumer<String> said;
    private final long begunAfter;
    private StreamOptions options;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final BatchSize size;
    private RunningStream running;

    private LastingStream(Lake lake, Feed feed, Stream stream, StreamOptions options, Consumer<String> said) {
        this.lake = lake;
        this.feed = feed;
        this.stream = stream;
        this.options = options;
        this.said = said;
        this.begunAfter = recorded();
        this.size = BatchSize.growing(options);
    }

    /**
     * Starts its first run, which must begin.
     *
     * @param said is told, a line each, why a run ended and when the next one begins
     * @throws CannotException when it cannot begin as asked
     */
    public static LastingStream start(
            Lake lake, Feed feed, Stream stream, StreamOptions options, Consumer<String> said) {
        LastingStream lasting = new LastingStream(lake, feed, stream, options, said);
        lasting.begin();
        return lasting;
    }

    private long recorded() {
        return lake.progress(feed, stream).progress().seq();
    }

    /** A new run, unless it was closed meanwhile. */
    private synchronized boolean begin() {
        boolean open = closed.getCount() > 0;
        if (open) {
            if (recorded() > begunAfter) {
                options = options.withoutConsent(); // it was given to what stood then
            }
            running = running == null
                    ? FeedStream.first(lake, feed, stream, options, size)
                    : FeedStream.next(lake, feed, stream, options, size);
        }
        return open;
    }

    /**
     * Until it is closed.
     *
     * @throws CannotException when it must not go on: another driver took over, Kafka lost offsets, the topic was made again
     * @throws Unreachable when Kafka or the store has been away for longer than it goes on trying, more than an hour
     */
    public void await() throws InterruptedException {
        int failures = 0;
        while (true) {
            long began = System.nanoTime();
            try {
                if (failures > 0 && !begin()) {
                    return;
                }
                current().await();
                return;
            } catch (Exception | FSError e) { // Spark's checked ones come undeclared
                if (!mayPass(e)) {
                    throw e;
                }
                if (failures == MOST) {
                    throw new Unreachable(
                            "Cannot go on with " + feed.name() + " " + stream.text() + ": " + MOST
                                    + " runs in a row have failed, the last one by " + Causes.line(e)
                                    + " (start it again when Kafka and the lake's store answer)",
                            e);
                }
                failures = failed(e, failures, began);
            }
        }
    }

    /** FSError is Hadoop's word for a local disk that is full or broken. */
    private boolean mayPass(Throwable e) {
        boolean refused = e instanceof CannotException && !(e instanceof Unreachable);
        return !refused
                && !(e instanceof InterruptedException)
                && Causes.of(e).noneMatch(cause -> cause instanceof Error && !(cause instanceof FSError))
                && !lake.spark().sparkContext().isStopped();
    }

    /** Waits, twice as long as the last time; gives how many runs have failed in a row. */
    private int failed(Throwable e, int before, long began) throws InterruptedException {
        int failures = System.nanoTime() - began > LASTED.toNanos() ? 1 : before + 1;
        Duration wait = Duration.ofSeconds(1L << Math.min(failures - 1, 6));
        if (wait.compareTo(LONGEST) > 0) {
            wait = LONGEST;
        }
        said.accept(feed.name() + " " + stream.text() + ": its run ended (" + Causes.line(e) + "), the next begins in "
                + wait.toSeconds() + " s");
        current().close();
        boolean unused = closed.await(wait.toSeconds(), TimeUnit.SECONDS);
        return failures;
    }

    private synchronized RunningStream current() {
        return running;
    }

    /** Ends its run; no other begins. */
    @Override
    public synchronized void close() {
        closed.countDown();
        running.close();
    }
}
