package dev.tideline.embedded;

import java.util.concurrent.TimeUnit;

/** When the next record may go. */
public interface Pace {
    /**
     * Waits until a record may be sent.
     *
     * @param index 0 for the first record of a run
     * @param kafkaTimestampMs the record's create time, epoch milliseconds
     */
    void await(long index, long kafkaTimestampMs) throws InterruptedException;

    /** As fast as the broker takes them. */
    static Pace flatOut() {
        return (index, kafkaTimestampMs) -> {};
    }

    /** Evenly, {@code records} a second, whatever their timestamps say. */
    static Pace perSecond(double records) {
        if (!(records > 0)) {
            throw new IllegalArgumentException("Cannot send %s records a second: must be above 0".formatted(records));
        }
        long[] began = new long[1];
        return (index, kafkaTimestampMs) -> {
            if (index == 0) {
                began[0] = System.nanoTime();
            }
            TimeUnit.NANOSECONDS.sleep(began[0] + (long) (index / records * 1e9) - System.nanoTime());
        };
    }

    /** Each at its own timestamp, so that a generator started now is live; those of the past at once. */
    static Pace realTime() {
        return (index, kafkaTimestampMs) -> TimeUnit.MILLISECONDS.sleep(kafkaTimestampMs - System.currentTimeMillis());
    }
}
