package dev.tideline.streaming;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.spark.ByteBudget;
import dev.tideline.spark.TooManyBytes;
import dev.tideline.spark.TooManyDates;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many records the next micro-batch of a stream reads: as many as fit into its bytes by what the last ones took, fewer after a
 * failure, and more again after each success. It is kept from one run to the next.
 */
final class BatchSize {
    /** How many records a process begins with: it may have taken the place of one that died of too many. */
    private static final long FIRST = 500_000;
    /** A failure that has another reason than size must not make micro-batches tiny. */
    private static final long FEW = 1_000;

    private static final long GROWTH = 4;
    /** Each is a file or more of raw and of every rollup, and a day to be recomputed. Half a year is what a replay of old events has. */
    static final int MOST_DATES = 200;

    private final long maxOffsets;
    private final long maxBytes;
    private long offsets;

    private BatchSize(StreamOptions options, long offsets) {
        this.maxOffsets = options.maxOffsets();
        this.maxBytes = options.maxBytes();
        this.offsets = offsets;
    }

    /** As many as {@code options} allow. */
    static BatchSize of(StreamOptions options) {
        return new BatchSize(options, options.maxOffsets());
    }

    /** Few at first. */
    static BatchSize growing(StreamOptions options) {
        return new BatchSize(options, Math.min(FIRST, options.maxOffsets()));
    }

    synchronized long offsets() {
        return offsets;
    }

    /** Where a micro-batch from {@code from} ends that has no more records: at {@code to}, or the same part of each partition's way. */
    Cut next(Cut from, Cut to) {
        long most = offsets();
        long all = to.since(from.only(to));
        if (all <= most) {
            return to;
        }
        Map<SourcePartition, Long> next = new TreeMap<>(to.offsets());
        next.replaceAll((partition, end) -> {
            long begin = from.offsets().getOrDefault(partition, 0L);
            return begin + (long) Math.ceil((double) (end - begin) * most / all);
        });
        return new Cut(next);
    }

    /** The bytes of a micro-batch, dealt to the partitions that it reads. */
    ByteBudget budget(Cut from, Cut to) {
        return ByteBudget.of(
                maxBytes,
                "kafka_partition",
                to.offsets().keySet().stream()
                        .collect(Collectors.toMap(
                                SourcePartition::partition, partition -> read(partition, from, to), Long::sum)),
                offsets() == 1 ? Integer.MAX_VALUE : MOST_DATES);
    }

    private static long read(SourcePartition partition, Cut from, Cut to) {
        return to.offsets().getOrDefault(partition, 0L) - from.offsets().getOrDefault(partition, 0L);
    }

    /** A micro-batch was recorded. */
    synchronized void recorded(long read, long bytes) {
        if (read * 2 >= offsets) {
            offsets = Math.min(maxOffsets, offsets * GROWTH);
        }
        if (bytes > maxBytes / 4) {
            offsets = Math.max(1, Math.min(offsets, (long) ((double) read / bytes * maxBytes * 0.8)));
        }
    }

    /** The records between two cuts do not fit: as many as were too many in one task are, by its share, twice what may be read. */
    synchronized void tooLarge(Cut from, Cut to, TooManyBytes e) {
        long all = to.since(from.only(to));
        long ofTask = to.offsets().keySet().stream()
                .filter(partition -> partition.partition() == e.partition())
                .mapToLong(partition -> read(partition, from, to))
                .sum();
        offsets = Math.max(1, Math.min(all / 2, (long) ((double) all * e.rows() / Math.max(1, ofTask) / 2)));
    }

    /** Those between two cuts are of too many dates: as many as would have been few enough, if each date has as many. */
    synchronized void tooManyDates(Cut from, Cut to, TooManyDates e) {
        long all = to.since(from.only(to));
        offsets = Math.max(1, Math.min(all / 2, (long) (all * e.part() * 0.8)));
    }

    /** A run ended in the middle of a micro-batch. */
    synchronized void failed() {
        offsets = Math.max(Math.min(FEW, offsets), offsets / 2);
    }
}
