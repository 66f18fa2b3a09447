package dev.tideline.feed;

import dev.tideline.rollup.Fingerprint;
import dev.tideline.rollup.Rollup;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/**
 * Everything about one stream of events, as its file declares it. Clicks and metrics are two such files; nothing in the code
 * knows either.
 *
 * @param format how the topic's records spell an event
 * @param schema the typed columns of an event
 * @param id the columns by which two events of one UTC date are duplicates
 * @param time the column with the event's own time
 * @param require conditions that an event must not fail; one that is NULL passes
 * @param protection fields whose values are never stored
 * @param source the file's text, as kept in the lake for readers
 */
public record Feed(
        String name,
        String topic,
        Format format,
        StructType schema,
        List<String> id,
        String time,
        List<String> require,
        Acceptance accept,
        Protection protection,
        List<Rollup> rollups,
        Retention retention,
        String source) {
    /** The {@code isolation.level} of streams that set no other. */
    public static final String READ_COMMITTED = "read_committed";

    public Feed {
        id = List.copyOf(id);
        require = List.copyOf(require);
        rollups = List.copyOf(rollups);
    }

    public Optional<Rollup> rollup(String name) {
        return rollups.stream().filter(r -> r.name().equals(name)).findFirst();
    }

    /**
     * The columns of the id that may be NULL. An event in which one is has no id: it is refused, since it would be taken for a
     * duplicate of every other. A map is not among them: one that is absent has no entries.
     */
    public List<String> nullableId() {
        return id.stream()
                .filter(column -> schema.apply(column).nullable()
                        && !(schema.apply(column).dataType() instanceof MapType))
                .toList();
    }

    /** A short hash of all that decides whether an event is accepted, how it is decoded and what is a duplicate of it. */
    public String policy() {
        String policy = String.join("|", schema.toDDL(), id.toString(), time, require.toString(), accept.toString());
        if (protection.hides()) {
            policy += "|hash " + protection.hash() + "|mask " + protection.mask();
        }
        // Ledgers hold fingerprints from before there was another format, so JSON leaves no mark in them.
        return Fingerprint.of(format == Format.JSON ? policy : policy + "|" + format.text());
    }

    /**
     * The same for a stream that reads Kafka by this {@code isolation.level}: one that reads uncommitted records accepts others.
     * Ledgers hold fingerprints from before it was among them, so the default leaves no mark.
     */
    public String policy(String isolation) {
        return isolation.equals(READ_COMMITTED) ? policy() : Fingerprint.of(policy() + "|" + isolation);
    }

    /** Whether records of the policy {@code fingerprint} were decoded as this feed says, whatever the isolation. */
    public boolean hasPolicy(String fingerprint) {
        return isolation(fingerprint).isPresent();
    }

    /** The {@code isolation.level} with which this feed's policy is {@code fingerprint}; empty when it is another's. */
    public Optional<String> isolation(String fingerprint) {
        return Stream.of(READ_COMMITTED, "read_uncommitted")
                .filter(isolation -> fingerprint.equals(policy(isolation)))
                .findFirst();
    }
}
