package dev.tideline.streaming;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.Cut;
import java.util.Map;

/** Waits until a running stream has recorded what Kafka has now, however much comes after it. */
public final class CaughtUp {
    private static final long POLL_MS = 300;

    private CaughtUp() {}

    /**
     * Returns once a stream has recorded what Kafka had when it was asked.
     *
     * @param kafka settings for Kafka clients
     * @throws dev.tideline.protocol.CannotException when the stream ends before, as it must not go on
     */
    public static void await(Lake lake, Feed feed, Stream stream, RunningStream running, Map<String, String> kafka) {
        Cut end = Topic.describe(kafka, feed.topic()).latest();
        ProgressLedger ledger = lake.progress(feed, stream);
        try {
            while (!ledger.progress().cut().reaches(end)) {
                if (!running.isActive()) {
                    running.await();
                    return;
                }
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + feed.name() + " " + stream.text(), e);
        }
    }
}
