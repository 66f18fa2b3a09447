package dev.tideline.feed;

import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.RollupDeclaration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A feed as its file spells it: all that can be said of it without an engine. Its expressions and types are text, which
 * {@link FeedFile} checks.
 *
 * @param format how its records spell an event
 * @param schema the typed columns of an event, as DDL
 * @param id the columns by which two events of one UTC date are duplicates
 * @param time the column with the event's own time
 * @param require conditions that an event must not fail
 * @param protection fields whose values are never stored
 * @param source the file's text
 */
public record FeedDeclaration(
        String name,
        String topic,
        Format format,
        String schema,
        List<String> id,
        String time,
        List<String> require,
        Acceptance accept,
        Protection protection,
        List<RollupDeclaration> rollups,
        Retention retention,
        String source) {
    public FeedDeclaration {
        id = List.copyOf(id);
        require = List.copyOf(require);
        rollups = List.copyOf(rollups);
    }

    /**
     * The feed that {@code text} declares, as far as its structure goes.
     *
     * @param file how messages name it
     * @throws CannotException listing every problem of the structure
     */
    public static FeedDeclaration parse(String file, String text) {
        List<String> problems = new ArrayList<>();
        FeedDeclaration declaration = new FeedReader(file, text, problems).read();
        refuse(file, problems);
        return declaration;
    }

    /** The rollup of this name, as the file spells it. */
    public Optional<RollupDeclaration> rollup(String rollup) {
        return rollups.stream().filter(r -> r.name().equals(rollup)).findFirst();
    }

    /**
     * Whether the columns that both schemas have are of the same types, as they are spelled: only then is an expression over them the same
     * column in either.
     */
    public boolean hasTypesOf(FeedDeclaration other) {
        Map<String, String> types = SchemaText.types(schema);
        types.keySet().retainAll(SchemaText.types(other.schema).keySet());
        return SchemaText.types(other.schema).entrySet().containsAll(types.entrySet());
    }

    static void refuse(String file, List<String> problems) {
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot use feed file " + file + ":", problems);
        }
    }
}
