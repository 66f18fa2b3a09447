package dev.tideline.spark;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many bytes of rows a micro-batch may keep: each Kafka partition has a share of them, by how much of it is read. What one
 * task may keep is known before it begins, so that no number of large records fills a memory or a disk.
 *
 * @param column of type INT that says a row's Kafka partition; all rows of a task have the same
 * @param shares bytes of each partition
 * @param dates of how many event dates its accepted rows may be: each is a partition of every table that is written
 */
public record ByteBudget(String column, Map<Integer, Long> shares, int dates) implements Serializable {
    /** A partition of which little is read may keep a few rows at least. */
    private static final long LEAST = 1 << 20;

    /**
     * {@code bytes} dealt to partitions.
     *
     * @param records how many are read of each partition
     * @param dates most event dates
     */
    public static ByteBudget of(long bytes, String column, Map<Integer, Long> records, int dates) {
        double all =
                Math.max(1, records.values().stream().mapToLong(Long::longValue).sum());
        Map<Integer, Long> shares = new TreeMap<>(records);
        shares.replaceAll((partition, some) -> Math.max(LEAST, (long) (bytes * (some / all))));
        return new ByteBudget(column, shares, dates);
    }

    long share(int partition) {
        return shares.getOrDefault(partition, LEAST);
    }
}
