package dev.tideline.streaming;

import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.Driver;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Policies;
import dev.tideline.protocol.PolicyChange;
import dev.tideline.protocol.PolicyChanges;
import dev.tideline.protocol.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which policies a feed's two streams decode, as their ledgers say it, and how a new one comes into both. What is said and when is
 * decided by {@link PolicyChanges}; the feed files of policies are kept by the lake.
 */
final class AgreedPolicies {
    private static final Logger LOG = LoggerFactory.getLogger(AgreedPolicies.class);
    private static final Map<String, Long> NOTHING_READ = Map.of("consumed", 0L, "accepted", 0L, "rejected", 0L);

    private final Lake lake;
    private final Feed feed;
    private final Stream stream;
    private final String policy;

    /**
     * What both ledgers said when they were read.
     *
     * @param speed was read before the archive's
     */
    private record Records(Optional<ProgressRecord> archive, Optional<ProgressRecord> speed) {
        Optional<ProgressRecord> of(Stream stream) {
            return stream == Stream.ARCHIVE ? archive : speed;
        }

        PolicyChanges changes() {
            return new PolicyChanges(archive.map(ProgressRecord::decoding), speed.map(ProgressRecord::decoding));
        }
    }

    /**
     * What a stream goes on with.
     *
     * @param seq of its last record, 0 for none
     * @param changes that its records say
     */
    record Agreed(long seq, Policies policies, List<PolicyChange> changes) {
        /** Of the newest change, 0 for none. */
        long number() {
            return changes.isEmpty() ? 0 : changes.get(changes.size() - 1).number();
        }
    }

    /**
     * How events are decoded.
     *
     * @param wanted the policy that both streams agree on
     * @param policy the one that {@code file} has, which is another where there is no file of that one
     */
    record Decoding(String wanted, String policy, Feed file) {}

    /** The {@code stream} that was started with {@code feed}'s file, whose policy with its {@code isolation.level} is {@code policy}. */
    AgreedPolicies(Lake lake, Feed feed, Stream stream, String policy) {
        this.lake = lake;
        this.feed = feed;
        this.stream = stream;
        this.policy = policy;
    }

    private Records read() {
        Optional<ProgressRecord> speed = lake.progress(feed, Stream.SPEED).last(); // first: see PolicyChanges
        return new Records(lake.progress(feed, Stream.ARCHIVE).last(), speed);
    }

    /** Whether the other stream runs with a newer file than this one; who has an older one declares nothing. */
    boolean isOlder() {
        boolean older = read().changes().isOlder(stream.text(), policy);
        if (older) {
            LOG.warn(
                    "{} {}: the {} stream was started with a newer feed file or isolation.level than policy {}, and this one goes on"
                            + " as that says (to go back to this file, start the other stream with it too)",
                    feed.name(),
                    stream.text(),
                    stream.other().text(),
                    policy);
        }
        return older;
    }

    /** The file of the policy that both streams decode by in the end, as far as the lake has it. */
    Feed newest() {
        return read().changes().newest().flatMap(this::file).orElse(feed);
    }

    private Optional<Feed> file(String wanted) {
        return feed.hasPolicy(wanted) ? Optional.of(feed) : lake.feeds().decodingBy(feed.name(), wanted);
    }

    /**
     * Has the ledgers say that the feed is decoded by this stream's file from some cut on, unless it is already. Said once: where another
     * stream says otherwise after it, that stands.
     */
    void announce() {
        boolean said = false;
        while (!said) {
            said = announced();
        }
    }

    /** Has the archive's ledger say it, which is repeated before anyone reads on; false where another record came first. */
    boolean announced() {
        Records known = repeated();
        Optional<PolicyChange> change = known.changes().toAnnounce(stream.text(), policy);
        if (change.isEmpty()) {
            return true;
        }
        boolean stands = append(Stream.ARCHIVE, known, change.get());
        if (stands) {
            LOG.info(
                    "{} {}: announced policy {} instead of {}, from the greater of both streams' cuts on",
                    feed.name(),
                    stream.text(),
                    policy,
                    change.get().before());
        }
        return stands;
    }

    /** What both ledgers say, once both say it. */
    Agreed agreed() {
        Records known = repeated();
        PolicyChanges changes = known.changes();
        Optional<ProgressRecord> own = known.of(stream);
        return new Agreed(
                own.map(record -> record.progress().seq()).orElse(0L),
                changes.policies(own.map(ProgressRecord::policy).orElse(policy)),
                changes.carried(own.map(ProgressRecord::decoding)));
    }

    private Records repeated() {
        Records known = read();
        for (Optional<PolicyChange> change = known.changes().toRepeat();
                change.isPresent();
                change = known.changes().toRepeat()) {
            append(Stream.SPEED, known, change.get());
            known = read();
        }
        return known;
    }

    /** A record of nothing read, which says {@code change}; whether it stands. */
    private boolean append(Stream where, Records known, PolicyChange change) {
        Optional<ProgressRecord> before = known.of(where);
        // A stream that has recorded nothing is to begin as the other one did.
        ProgressRecord like = before.or(() -> known.of(where.other())).orElseThrow();
        Progress last = before.map(ProgressRecord::progress).orElse(Progress.NONE);
        String run = UUID.randomUUID().toString().substring(0, 13);
        List<PolicyChange> changes = new ArrayList<>(known.changes().carried(before.map(ProgressRecord::decoding)));
        changes.add(change);
        return lake.progress(feed, where)
                .append(new ProgressRecord(
                        last.next(run, Cut.NOTHING, Cut.NOTHING),
                        NOTHING_READ,
                        before.map(ProgressRecord::decoding)
                                .map(known.changes()::policy)
                                .orElse(like.policy()),
                        like.rollups(),
                        before.map(ProgressRecord::introduced).orElse(Map.of()),
                        before.map(ProgressRecord::touched).orElse(Map.of()),
                        Driver.name(),
                        Instant.now(),
                        Instant.now(),
                        changes));
    }

    /**
     * How what comes after {@code read} is decoded: by this stream's own file, or by one that the lake keeps. Where the lake has none of
     * what was decoded last, since that was before there was such a thing, by this stream's.
     *
     * @throws CannotException when the lake has no file, that this release can read, of a policy that was announced
     */
    Decoding decoding(Policies policies, Cut read) {
        String wanted = policies.at(read);
        Optional<Feed> file = file(wanted);
        if (file.isPresent()) {
            return new Decoding(wanted, wanted, file.get());
        }
        if (!wanted.equals(policies.first())) {
            throw new CannotException("Cannot decode " + feed.name() + " by policy " + wanted
                    + ", which its streams change to: the lake has no feed file of it that this release can read (start the "
                    + stream.text() + " stream with that file and the release that announced it)");
        }
        LOG.warn(
                "{} {}: its last micro-batch was decoded by policy {}, of which the lake has no feed file: it goes on by {}, so that"
                        + " days which are not recomputed yet may show other events than the archive has",
                feed.name(),
                stream.text(),
                wanted,
                policy);
        return new Decoding(wanted, policy, feed);
    }
}
