package dev.tideline.documents;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.HashMap;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.events.NodeEvent;

/**
 * Reads one YAML document as a tree. An alias ({@code *name}) is what its anchor ({@code &name}) stands at, where Jackson's own
 * trees hold the alias's name as a text. A key that stands twice, a second document and a merge key ({@code <<}) are refused.
 */
public final class Yaml {
    private static final Factory YAML = new Factory();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** So many values a document may have with its aliases written out: nested ones grow exponentially. */
    private static final int MOST = 100_000;

    private final Parser parser;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private int size;

    /** What an anchor stands at, and how many values that has. */
    private record Anchored(JsonNode node, int size) {}

    private Yaml(Parser parser) {
        this.parser = parser;
    }

    /**
     * The document that {@code text} is; a missing node when there is nothing in it.
     *
     * @throws YamlException when it is none, or more than one
     */
    public static JsonNode read(String text) throws YamlException {
        try (Parser parser = YAML.parser(text)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            return new Yaml(parser).document();
        } catch (JsonProcessingException e) {
            String why = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new YamlException(at(e.getLocation()) + "not YAML: " + why, e);
        } catch (IOException e) {
            throw new YamlException("not YAML: " + e.getMessage(), e);
        }
    }

    /** Makes parsers that know the anchors of scalars too, which Jackson's own forget. */
    private static final class Factory extends YAMLFactory {
        private static final long serialVersionUID = 1L;

        Parser parser(String text) {
            Reader reader = new StringReader(text);
            return new Parser(
                    _createContext(_createContentReference(reader), false),
                    _parserFeatures,
                    _yamlParserFeatures,
                    _loaderOptions,
                    reader);
        }
    }

    private static final class Parser extends YAMLParser {
        Parser(IOContext context, int features, int yamlFeatures, LoaderOptions options, Reader reader) {
            super(context, features, yamlFeatures, options, null, reader);
        }

        /** The anchor of the value that begins here; null where it has none. */
        String anchor() {
            return _lastEvent instanceof NodeEvent value ? value.getAnchor() : null;
        }
    }

    private static String at(JsonLocation location) {
        return location == null ? "" : "line " + location.getLineNr() + ": ";
    }

    private JsonNode document() throws IOException, YamlException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            return MissingNode.getInstance();
        }
        JsonNode root = node(first);
        if (parser.nextToken() != null) {
            throw refused("a second document begins (one file holds one)");
        }
        return root;
    }

    private JsonNode node(JsonToken token) throws IOException, YamlException {
        if (parser.isCurrentAlias()) {
            return alias();
        }
        String anchor = parser.anchor();
        int before = size;
        count(1);
        JsonNode node = switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            default -> scalar(token);
        };
        if (anchor != null) {
            anchors.put(anchor, new Anchored(node, size - before));
        }
        return node;
    }

    private JsonNode alias() throws IOException, YamlException {
        String name = parser.getText();
        Anchored anchored = anchors.get(name);
        if (anchored == null) {
            throw refused("*" + name + " stands for nothing (&" + name + " before it, and not around it)");
        }
        count(anchored.size());
        return anchored.node();
    }

    private JsonNode object() throws IOException, YamlException {
        ObjectNode object = NODES.objectNode();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            String key = parser.currentName();
            if (key.equals("<<")) {
                throw refused("<< merges nothing here (write the keys out, or use *name for a whole value)");
            }
            object.set(key, node(parser.nextToken()));
        }
        return object;
    }

    private JsonNode array() throws IOException, YamlException {
        ArrayNode array = NODES.arrayNode();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            array.add(node(token));
        }
        return array;
    }

    private JsonNode scalar(JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_NULL -> NODES.nullNode();
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            default -> NODES.textNode(parser.getText());
        };
    }

    private void count(int more) throws YamlException {
        if (more > MOST - size) {
            throw refused("it has more than " + MOST + " values with its aliases written out");
        }
        size += more;
    }

    private YamlException refused(String why) {
        return new YamlException(at(parser.currentTokenLocation()) + why, null);
    }
}
