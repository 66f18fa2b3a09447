package dev.tideline.documents;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.protocol.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One place in a YAML document: its keys are read one by one, and reading one that does not work notes a problem (key, value
 * and what would work) and gives something of its type, so that all problems of a file are found at once.
 */
public class Document {
    private final String source;
    private final String at;
    private final JsonNode node;
    private final List<String> problems;

    /**
     * The document's root.
     *
     * @param source how problems name the file; empty when they stand under a heading that does
     * @param problems where problems are noted
     */
    public Document(String source, JsonNode root, List<String> problems) {
        this(source, "", root, problems);
    }

    /** The place at the dotted path {@code at}. */
    protected Document(String source, String at, JsonNode node, List<String> problems) {
        this.source = source;
        this.at = at;
        this.node = node;
        this.problems = problems;
    }

    /** The place at {@code key} of this one. */
    public Document at(String key) {
        return new Document(source, path(key), node.path(key), problems);
    }

    public JsonNode node() {
        return node;
    }

    public JsonNode node(String key) {
        return node.path(key);
    }

    public boolean has(String key) {
        return node.has(key);
    }

    /** Notes that the value of {@code key} does not work. */
    public void problem(String key, String value, String works) {
        note(key, doesNotWork(value, works));
    }

    /** Notes {@code what} about {@code key}. */
    protected void note(String key, String what) {
        String path = path(key);
        problems.add((source.isEmpty() ? "" : source + ": ") + (path.isEmpty() ? "the file" : path) + ": " + what);
    }

    /** How a value that does not work reads. */
    public static String doesNotWork(String value, String works) {
        return (value.isEmpty() ? "nothing" : "'" + value + "'") + " does not work (" + works + ")";
    }

    private static String line(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private String path(String key) {
        return at + (at.isEmpty() || key.isEmpty() ? "" : ".") + key;
    }

    /** Notes a problem for each key that is none of {@code keys}, and one where this is no map. */
    public void known(List<String> keys) {
        if (!node.isMissingNode() && !node.isObject()) {
            problem("", line(node.asText("")), "a map with " + String.join(", ", keys));
        }
        node.fieldNames().forEachRemaining(key -> {
            if (!keys.contains(key)) {
                unknown(key, keys);
            }
        });
    }

    /** Notes that {@code key} is none of {@code keys}. */
    protected void unknown(String key, List<String> keys) {
        problem(key, node.get(key).asText(), "one of the keys " + String.join(", ", keys));
    }

    /** The text at {@code key}; empty where there is none. */
    public Optional<String> text(String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isValueNode() || value.asText().isBlank()) {
            problem(key, "", "a text");
            return Optional.empty();
        }
        return Optional.of(value.asText());
    }

    /** One text or a list of texts; an item {@code name: text} is a text too. */
    public List<String> texts(String key) {
        return texts(node.path(key));
    }

    /** The same of a node. */
    public static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(n -> texts.add(
                    n.isObject() && n.size() == 1
                            ? n.fieldNames().next() + ": " + n.elements().next().asText()
                            : n.asText()));
        } else if (node.isValueNode() && !node.isNull()) {
            texts.add(node.asText());
        }
        return texts;
    }

    /**
     * The duration at {@code key}.
     *
     * @param works what a duration there looks like
     */
    public Duration duration(String key, Duration otherwise, Duration least, String works) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        Optional<Duration> duration = Durations.parse(text.get()).filter(d -> d.compareTo(least) >= 0);
        if (duration.isEmpty()) {
            problem(key, text.get(), works);
        }
        return duration.orElse(otherwise);
    }
}
