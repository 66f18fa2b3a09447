package dev.tideline.streaming;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.spark.TooManyBytes;
import java.util.Optional;

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
        }
        return failure instanceof RuntimeException runtime ? runtime : new IllegalStateException(failure);
    }

    /** Whether Spark's source met a record whose Kafka timestamp its own cannot hold. */
    static boolean isTimestamp(Throwable failure) {
        return Causes.of(failure)
                .anyMatch(t -> String.valueOf(t.getMessage()).contains("overflows when converting to Spark"));
    }

    /** Why a reading stopped that would have kept too much. */
    static Optional<TooManyBytes> tooManyBytes(Throwable failure) {
        return Causes.of(failure)
                .filter(TooManyBytes.class::isInstance)
                .map(TooManyBytes.class::cast)
                .findFirst();
    }
}
