package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Which offsets a stream has decoded by which policy, as its records say it. */
public final class DecodedRanges {
    private final Map<SourcePartition, NavigableMap<Long, Range>> ranges = new TreeMap<>();

    /** The offsets from {@code from} up to {@code to} (exclusive). */
    private record Range(long from, long to, String policy) {}

    /** Adds what {@code record} read by {@code policy}; records may come in any order. */
    public void add(Progress record, String policy) {
        record.from().offsets().forEach((partition, from) -> {
            long to = record.cut().offsets().getOrDefault(partition, from);
            if (from < to) {
                add(ranges.computeIfAbsent(partition, p -> new TreeMap<>()), new Range(from, to, policy));
            }
        });
    }

    private static void add(NavigableMap<Long, Range> of, Range range) {
        Range whole = range;
        Map.Entry<Long, Range> before = of.lowerEntry(range.from);
        if (before != null
                && before.getValue().to == range.from
                && before.getValue().policy.equals(range.policy)) {
            whole = new Range(before.getKey(), whole.to, whole.policy);
        }
        Range after = of.get(range.to);
        if (after != null && after.policy.equals(range.policy)) {
            of.remove(after.from);
            whole = new Range(whole.from, after.to, whole.policy);
        }
        of.put(whole.from, whole);
    }

    /** One sentence for each range that this stream and {@code other} have decoded by two policies, which law 6 forbids. */
    public List<String> differences(DecodedRanges other) {
        List<String> differences = new ArrayList<>();
        ranges.forEach((partition, own) -> {
            NavigableMap<Long, Range> theirs = other.ranges.getOrDefault(partition, new TreeMap<>());
            for (Range one : own.values()) {
                Long first = theirs.floorKey(one.from);
                for (Range two :
                        theirs.tailMap(first == null ? one.from : first, true).values()) {
                    long from = Math.max(one.from, two.from);
                    long to = Math.min(one.to, two.to);
                    if (from < to && !one.policy.equals(two.policy)) {
                        differences.add("%s offsets %d to %d were decoded by policy %s and by %s"
                                .formatted(partition, from, to - 1, one.policy, two.policy));
                    }
                }
            }
        });
        return differences;
    }
}
