package dev.tideline.app;

import dev.tideline.feed.Feed;
import dev.tideline.settle.Cut;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.Topic;
import dev.tideline.table.Lake;
import dev.tideline.table.ProgressLedger;
import dev.tideline.table.Stream;
import java.util.Map;

/** Waits until a running stream has recorded what Kafka has now, however much comes after it. */
final class CaughtUp {
    private static final long POLL_MS = 300;

    private CaughtUp() {}

    /**
     * @param kafka settings for Kafka clients
     * @throws dev.tideline.CannotException when the stream ends before, as it must not go on
     */
    static void await(Lake lake, Feed feed, Stream stream, RunningStream running, Map<String, String> kafka) {
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
