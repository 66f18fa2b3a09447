package dev.tideline.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * By which policy a stream decodes, by how far it has read: the same for both streams of a feed. A micro-batch is decoded by one.
 *
 * @param first the policy before the first of {@code steps}
 * @param steps the policies that come after it, in the order of their cuts, none of which is below another
 */
public record Policies(String first, List<Step> steps) {

    /** A policy that holds from a cut on: for whoever has read up to it on every partition. */
    public record Step(long number, String policy, Cut cut) {}

    public Policies {
        steps = List.copyOf(steps);
    }

    /** The same for who reads this incarnation of a topic only; other offsets of the cuts are never read again. */
    public Policies of(String topic, String topicId) {
        return new Policies(
                first,
                steps.stream()
                        .map(step -> new Step(step.number, step.policy, only(step.cut, topic, topicId)))
                        .toList());
    }

    private static Cut only(Cut cut, String topic, String topicId) {
        Map<SourcePartition, Long> some = new TreeMap<>(cut.offsets());
        some.keySet().removeIf(p -> !p.topic().equals(topic) || !p.topicId().equals(topicId));
        return new Cut(some);
    }

    /** The policy for what comes after {@code read}. */
    public String at(Cut read) {
        String policy = first;
        for (Step step : steps) {
            if (!read.reaches(step.cut)) {
                return policy;
            }
            policy = step.policy;
        }
        return policy;
    }

    /** The policy that comes next, after the one for what comes after {@code read}. */
    public Optional<Step> next(Cut read) {
        return steps.stream().filter(step -> !read.reaches(step.cut)).findFirst();
    }

    /**
     * Where a micro-batch from {@code read} may end that is to end at {@code end}: on each partition at the cut of the next policy,
     * if that comes before; a partition that this cut does not know waits until the others are there.
     */
    public Cut limit(Cut read, Cut end) {
        return next(read).map(step -> limit(read, end, step.cut)).orElse(end);
    }

    private static Cut limit(Cut read, Cut end, Cut step) {
        Map<SourcePartition, Long> limit = new TreeMap<>(end.offsets());
        limit.replaceAll((partition, last) -> {
            long most = Math.min(last, step.offsets().getOrDefault(partition, 0L));
            return Math.max(read.offsets().getOrDefault(partition, 0L), most);
        });
        return new Cut(limit);
    }
}
