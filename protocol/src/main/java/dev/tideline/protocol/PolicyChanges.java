package dev.tideline.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the ledgers of a feed's two streams say of its decoding policy, and so what has to be appended before a stream reads on.
 *
 * <p>A change is said by the archive's ledger first, so that of two at once one stands, and then repeated by the speed layer's. By
 * compare-and-set: a stream that goes on meanwhile loses its next record, and sees why. A ledger that says it names the cut of its own
 * stream; the change takes effect at the greater of both, which nobody has to write down. Until both ledgers say it, a stream goes no
 * further than its own one did; either can repeat it.
 *
 * @param archive the last record of the archive; empty before the first
 * @param speed the last record of the speed layer, which was read before the archive's: so that this says all that it repeats
 */
public record PolicyChanges(Optional<Side> archive, Optional<Side> speed) {

    /**
     * One stream.
     *
     * @param policy by which its last micro-batch was decoded
     * @param cut up to which it has read
     * @param changes that its ledger says, oldest first, without those that no stream has to know any more; but always the newest
     */
    public record Side(String policy, Cut cut, List<PolicyChange> changes) {
        public Side {
            changes = List.copyOf(changes);
        }

        /** The newest change; the stream may be past it. */
        public Optional<PolicyChange> newest() {
            return changes.isEmpty() ? Optional.empty() : Optional.of(changes.get(changes.size() - 1));
        }
    }

    /** What the archive's ledger says and the speed layer's does not: it is to be appended there, before anything else. */
    public Optional<PolicyChange> toRepeat() {
        long repeated = newest(speed).map(PolicyChange::number).orElse(0L);
        return archive.stream()
                .flatMap(side -> side.changes().stream())
                .filter(change -> change.number() > repeated)
                .findFirst()
                .map(change -> change.at(cut(speed)));
    }

    /**
     * What the archive's ledger is to say before a stream decodes by {@code policy}, with which it was started: nothing where both
     * decode by it or are to, where neither has recorded anything, or where {@link #isOlder the other stream knows better}.
     *
     * @param by the stream
     */
    public Optional<PolicyChange> toAnnounce(String by, String policy) {
        if (isOlder(by, policy) || heads().stream().allMatch(policy::equals)) {
            return Optional.empty();
        }
        long number = newest(archive).map(PolicyChange::number).orElse(0L) + 1;
        return Optional.of(new PolicyChange(number, heads().get(0), policy, by, cut(archive)));
    }

    /** The policy that both streams decode by in the end; empty where it has never changed. */
    public Optional<String> newest() {
        return newest(archive).map(PolicyChange::policy);
    }

    /** Whether {@code policy} is the one that the other stream has just been started without: this one has an older file. */
    public boolean isOlder(String by, String policy) {
        return newest(archive)
                .filter(change -> !change.by().equals(by) && change.before().equals(policy))
                .isPresent();
    }

    /** What each stream decodes by in the end, the archive first; one policy once there was a change. */
    private List<String> heads() {
        return newest(archive)
                .map(change -> List.of(change.policy()))
                .orElseGet(() -> java.util.stream.Stream.of(archive, speed)
                        .flatMap(Optional::stream)
                        .map(Side::policy)
                        .toList());
    }

    /** By which policies a stream decodes that decoded its last micro-batch by {@code last}. */
    public Policies policies(String last) {
        List<Policies.Step> steps = new ArrayList<>();
        for (PolicyChange change : changes(archive)) {
            changes(speed).stream()
                    .filter(repeated -> repeated.number() == change.number())
                    .map(repeated ->
                            new Policies.Step(change.number(), change.policy(), greater(change.cut(), repeated.cut())))
                    .forEach(steps::add);
        }
        return new Policies(last, steps);
    }

    /** By which policy {@code side} reads on, which a record that announces another one says: what comes before may be forgotten. */
    public String policy(Side side) {
        return policies(side.policy()).at(side.cut());
    }

    /** What the next record of {@code side} says of changes: those that a stream has to know still, and the newest. */
    public List<PolicyChange> carried(Optional<Side> side) {
        boolean known = saysItsPolicy(archive) && saysItsPolicy(speed);
        List<Policies.Step> steps = policies("").steps();
        List<PolicyChange> carried = new ArrayList<>();
        for (PolicyChange change : changes(side)) {
            boolean settled = steps.stream()
                    .anyMatch(step -> step.number() == change.number()
                            && cut(archive).reaches(step.cut())
                            && cut(speed).reaches(step.cut()));
            if (!known || !settled) {
                carried.add(change);
            } else if (newest(side).filter(change::equals).isPresent()) {
                carried.add(change.at(Cut.NOTHING));
            }
        }
        return carried;
    }

    /** Whether the last record of a stream was decoded by the policy by which it reads on; else only a change says that. */
    private boolean saysItsPolicy(Optional<Side> side) {
        return side.filter(s -> !policy(s).equals(s.policy())).isEmpty();
    }

    private static Optional<PolicyChange> newest(Optional<Side> side) {
        return side.flatMap(Side::newest);
    }

    private static List<PolicyChange> changes(Optional<Side> side) {
        return side.map(Side::changes).orElse(List.of());
    }

    private static Cut cut(Optional<Side> side) {
        return side.map(Side::cut).orElse(Cut.NOTHING);
    }

    private static Cut greater(Cut one, Cut other) {
        Map<SourcePartition, Long> greater = new TreeMap<>(one.offsets());
        other.offsets().forEach((partition, offset) -> greater.merge(partition, offset, Math::max));
        return new Cut(greater);
    }
}
