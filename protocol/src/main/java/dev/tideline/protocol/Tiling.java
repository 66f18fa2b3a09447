package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Law 4: per Kafka partition the recorded ranges tile, without gap or overlap. */
final class Tiling {
    private Tiling() {}

    static List<String> breaks(List<Progress> oldestFirst) {
        List<String> breaks = new ArrayList<>();
        oldestFirst.stream()
                .limit(1)
                .filter(record -> record.seq() == 1)
                .forEach(first -> first.from()
                        .offsets()
                        .forEach((partition, start) -> addGap(
                                partition,
                                first.origin().offsets().getOrDefault(partition, start),
                                start,
                                first,
                                breaks)));
        for (int i = 1; i < oldestFirst.size(); i++) {
            Progress before = oldestFirst.get(i - 1);
            Progress record = oldestFirst.get(i);
            if (record.seq() != before.seq() + 1) {
                breaks.add("seq %d follows seq %d".formatted(record.seq(), before.seq()));
            }
            Map<SourcePartition, Long> other = Offsets.notContinuing(
                    record.cut().offsets(),
                    record.from().offsets(),
                    before.cut().offsets());
            other.forEach((partition, end) -> {
                Long read = before.cut().offsets().get(partition);
                Long start = record.from().offsets().getOrDefault(partition, read);
                if (read == null && start != null) {
                    addGap(partition, record.origin().offsets().getOrDefault(partition, start), start, record, breaks);
                } else if (read != null && start > read) {
                    addGap(partition, read, start, record, breaks);
                } else if (read != null && start < read) {
                    breaks.add("overlap: %s offsets %d to %d were read twice (seq %d)"
                            .formatted(partition, start, read - 1, record.seq()));
                }
                if (start != null && end < start) {
                    breaks.add("backwards: %s was read from offset %d to %d (seq %d)"
                            .formatted(partition, start, end, record.seq()));
                }
            });
        }
        return breaks;
    }

    private static void addGap(SourcePartition partition, long from, long to, Progress record, List<String> breaks) {
        if (from < to) {
            breaks.add(
                    "gap: %s offsets %d to %d were not read (seq %d)".formatted(partition, from, to - 1, record.seq()));
        }
    }
}
