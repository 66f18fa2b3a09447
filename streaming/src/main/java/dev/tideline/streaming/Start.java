package dev.tideline.streaming;

import dev.tideline.ledger.Stream;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.SourcePartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run begins to read: at the last recorded cut; a partition that was never read, where the feed's other stream began, and
 * at its first offset when neither did.
 *
 * @param read the offsets of the topic as it is now
 * @param closed where the archive gives up partitions of a deleted topic: at the speed layer's cut, so that it covers them
 * @param closedFrom where it says that it began to read them: a gap after what it has read, if it ever read them
 */
record Start(Cut read, Cut closed, Cut closedFrom) {
    /**
     * The offsets at which a run of {@code stream} that follows {@code last} begins.
     *
     * @param other what the feed's other stream has recorded last
     * @param acceptLoss go on where offsets are lost, and leave the gap in the ledger for all to see
     * @param acceptNewTopic go on with another incarnation of the topic, from its first offset
     * @throws CannotException when Kafka no longer has what comes next
     */
    static Start of(
            Stream stream, Progress last, Progress other, Topic topic, boolean acceptLoss, boolean acceptNewTopic) {
        boolean made =
                last.cut().orElse(other.cut()).offsets().keySet().stream().anyMatch(p -> isEarlier(p, topic));
        boolean known =
                last.cut().offsets().keySet().stream().anyMatch(p -> p.topicId().equals(topic.id()));
        if (made && !known && !acceptNewTopic) {
            throw new CannotException("Cannot go on reading topic " + topic.name()
                    + ": it was deleted and made again, its id is now " + topic.id()
                    + " (--new-topic reads it from its first offset; what was read of the old one stays)");
        }
        Cut ahead = ahead(last, other, topic);
        if (stream == Stream.SPEED && made && !ahead.offsets().isEmpty()) {
            throw new CannotException("Cannot leave the deleted topic " + topic.name()
                    + " yet: the archive has more of it than the speed layer (run speed --catch-up first)");
        }
        Cut closed = stream == Stream.ARCHIVE && !known ? ahead : Cut.NOTHING;
        Cut closedFrom = closed.only(last.cut()).orElse(other.origin().only(closed));
        boolean archived = stream == Stream.SPEED && other.cut().reaches(topic.earliest());
        return new Start(next(last.cut().orElse(other.origin()), topic, acceptLoss, archived), closed, closedFrom);
    }

    /** Where the micro-batch after one that ended at {@code cut} begins. */
    static Start after(Cut cut) {
        return new Start(cut, Cut.NOTHING, Cut.NOTHING);
    }

    private static boolean isEarlier(SourcePartition partition, Topic topic) {
        return partition.topic().equals(topic.name()) && !partition.topicId().equals(topic.id());
    }

    /** The partitions of earlier incarnations of the topic of which {@code other} has read more than {@code last}. */
    private static Cut ahead(Progress last, Progress other, Topic topic) {
        Map<SourcePartition, Long> ahead = new TreeMap<>(other.cut().offsets());
        ahead.keySet()
                .removeIf(p -> !isEarlier(p, topic) || last.cut().offsets().getOrDefault(p, 0L) >= ahead.get(p));
        return new Cut(ahead);
    }

    /**
     * @param read where this stream is, and on partitions that it never read, where the other one began: so both begin alike
     * @param archived the archive has what Kafka no longer has
     */
    private static Cut next(Cut read, Topic topic, boolean acceptLoss, boolean archived) {
        List<String> lost = new ArrayList<>();
        Map<SourcePartition, Long> start = new TreeMap<>();
        topic.earliest().offsets().forEach((partition, earliest) -> {
            long next = read.offsets().getOrDefault(partition, earliest);
            long latest = topic.latest().offsets().getOrDefault(partition, Long.MAX_VALUE);
            if (next > latest) {
                throw new CannotException("Cannot go on reading topic " + topic.name() + ": " + partition + " ends at "
                        + latest + ", and " + next
                        + " were read: its log was cut off, and its offsets are given out again"
                        + " (delete the topic, make it again, and start with --new-topic)");
            }
            if (next < earliest) {
                lost.add("%s offsets %d to %d".formatted(partition, next, earliest - 1));
            }
            start.put(partition, Math.max(next, earliest));
        });
        if (!lost.isEmpty() && !acceptLoss) {
            throw new CannotException("Cannot go on reading topic " + topic.name() + ": Kafka no longer has "
                    + String.join(", ", lost) + " ("
                    + (archived ? "speed --catch-up reads them from the archive; " : "")
                    + "--accept-loss goes on behind them; status will show the gap)");
        }
        return new Cut(start);
    }
}
