package dev.tideline.streaming;

import dev.tideline.protocol.CannotException;

/** What a failed query means to the person who runs it. */
final class Failures {
    private Failures() {}

    /** The refusal inside, Kafka's data loss as one, or the failure itself. */
    static RuntimeException of(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof CannotException cannot) {
                return cannot;
            }
            String message = String.valueOf(t.getMessage());
            if (message.contains("KAFKA_DATA_LOSS") || message.contains("Some data may have been lost")) {
                return new CannotException(
                        "Cannot go on reading: Kafka no longer has offsets that come next: "
                                + message.lines().findFirst().orElse("")
                                + " (start again to see which; --accept-loss goes on behind them)",
                        failure);
            }
            if (message.contains("overflows when converting to Spark")) {
                return new CannotException(
                        "Cannot go on reading: " + message.lines().findFirst().orElse("")
                                + " (set the topic's message.timestamp.type=LogAppendTime or message.timestamp.after.max.ms"
                                + " against such producers, delete the records up to there, and start with --accept-loss)",
                        failure);
            }
        }
        return failure instanceof RuntimeException runtime ? runtime : new IllegalStateException(failure);
    }
}
