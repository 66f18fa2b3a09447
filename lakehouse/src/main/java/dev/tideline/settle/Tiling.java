package dev.tideline.settle;

import java.util.ArrayList;
import java.util.List;

/** Law 4: per Kafka partition the recorded ranges tile, without gap or overlap. */
final class Tiling {
    private Tiling() {}

    static List<String> breaks(List<Progress> oldestFirst) {
        List<String> breaks = new ArrayList<>();
        for (int i = 1; i < oldestFirst.size(); i++) {
            Progress before = oldestFirst.get(i - 1);
            Progress record = oldestFirst.get(i);
            if (record.seq() != before.seq() + 1) {
                breaks.add("seq %d follows seq %d".formatted(record.seq(), before.seq()));
            }
            record.from().offsets().forEach((partition, start) -> {
                Long end = before.cut().offsets().get(partition);
                if (end != null && start > end) {
                    breaks.add("gap: %s offsets %d to %d were not read (seq %d)"
                            .formatted(partition, end, start - 1, record.seq()));
                } else if (end != null && start < end) {
                    breaks.add("overlap: %s offsets %d to %d were read twice (seq %d)"
                            .formatted(partition, start, end - 1, record.seq()));
                }
            });
        }
        return breaks;
    }
}
