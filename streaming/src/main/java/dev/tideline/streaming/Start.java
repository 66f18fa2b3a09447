package dev.tideline.streaming;

import dev.tideline.CannotException;
import dev.tideline.settle.Cut;
import dev.tideline.settle.Progress;
import dev.tideline.settle.SourcePartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where a run begins to read: at the last recorded cut; a partition that was never read, at its first offset. */
final class Start {
    private Start() {}

    /**
     * The offsets at which a run that follows {@code last} begins.
     *
     * @param acceptLoss go on where offsets are lost, and leave the gap in the ledger for all to see
     * @param acceptNewTopic go on with another incarnation of the topic, from its first offset
     * @throws CannotException when Kafka no longer has what comes next
     */
    static Cut of(Progress last, Topic topic, boolean acceptLoss, boolean acceptNewTopic) {
        boolean other = last.cut().offsets().keySet().stream()
                .anyMatch(p -> p.topic().equals(topic.name()) && !p.topicId().equals(topic.id()));
        boolean known =
                last.cut().offsets().keySet().stream().anyMatch(p -> p.topicId().equals(topic.id()));
        if (other && !known && !acceptNewTopic) {
            throw new CannotException("Cannot go on reading topic " + topic.name()
                    + ": it was deleted and made again, its id is now " + topic.id()
                    + " (--new-topic reads it from its first offset; what was read of the old one stays)");
        }
        List<String> lost = new ArrayList<>();
        Map<SourcePartition, Long> start = new TreeMap<>();
        topic.earliest().offsets().forEach((partition, earliest) -> {
            long next = last.cut().offsets().getOrDefault(partition, earliest);
            long latest = topic.latest().offsets().getOrDefault(partition, Long.MAX_VALUE);
            if (next < earliest) {
                lost.add("%s offsets %d to %d".formatted(partition, next, earliest - 1));
            } else if (next > latest) {
                lost.add("%s ends at %d, %d were read".formatted(partition, latest, next));
            }
            start.put(partition, Math.min(Math.max(next, earliest), latest));
        });
        if (!lost.isEmpty() && !acceptLoss) {
            throw new CannotException("Cannot go on reading topic " + topic.name() + ": Kafka no longer has "
                    + String.join(", ", lost) + " (--accept-loss goes on behind them; status will show the gap)");
        }
        return new Cut(start);
    }
}
