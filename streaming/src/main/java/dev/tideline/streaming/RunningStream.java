package dev.tideline.streaming;

import dev.tideline.protocol.CannotException;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;

/** One run of a stream. */
public final class RunningStream implements AutoCloseable {
    private final StreamingQuery query;

    RunningStream(StreamingQuery query) {
        this.query = query;
    }

    /**
     * Until it is stopped or fails.
     *
     * @throws CannotException when it must not go on: another driver took over, Kafka lost offsets, the topic was made again
     */
    public void await() {
        try {
            query.awaitTermination();
        } catch (StreamingQueryException e) {
            throw Failures.of(e);
        }
    }

    public boolean isActive() {
        return query.isActive();
    }

    /** Reads and records everything that Kafka has now. */
    public void processAllAvailable() {
        try {
            query.processAllAvailable();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw Failures.of(e);
        }
    }

    @Override
    public void close() {
        try {
            query.stop();
        } catch (TimeoutException e) {
            throw new IllegalStateException("the stream did not stop", e);
        }
    }
}
