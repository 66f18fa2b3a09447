package dev.tideline.feed;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import dev.tideline.rollup.RollupDeclaration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the structure of one feed's YAML and notes everything that is wrong with it. */
final class FeedReader {
    static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final Pattern NAMED = Pattern.compile("([a-z][a-z0-9_]*)\\s*:\\s*(.+)", Pattern.DOTALL);

    private final String file;
    private final String text;
    private final List<String> problems;

    /**
     * A reader of {@code text}.
     *
     * @param problems where it notes what is wrong
     */
    FeedReader(String file, String text, List<String> problems) {
        this.file = file;
        this.text = text;
        this.problems = problems;
    }

    FeedDeclaration read() {
        JsonNode root = tree();
        known("", root, "feed", "topic", "format", "schema", "event", "require", "accept", "rollups", "retention");
        String name = name("feed", root.path("feed"));
        String topic = root.path("topic").asText("");
        if (!TOPIC.matcher(topic).matches()) {
            problem("topic", topic, "a Kafka topic name");
        }
        String format = root.path("format").asText(Format.JSON.text());
        if (Format.parse(format).isEmpty()) {
            problem(
                    "format",
                    format,
                    Arrays.stream(Format.values()).map(Format::text).collect(Collectors.joining(", ")));
        }
        known("event.", root.path("event"), "id", "time");
        return new FeedDeclaration(
                name,
                topic,
                Format.parse(format).orElse(Format.JSON),
                root.path("schema").asText("").trim(),
                texts(root.path("event").path("id")),
                root.path("event").path("time").asText(""),
                texts(root.path("require")),
                acceptance(root.path("accept")),
                rollups(root.path("rollups")),
                retention(root.path("retention")),
                text);
    }

    private JsonNode tree() {
        try {
            JsonNode root = YAML.readTree(text);
            if (root != null && root.isObject()) {
                return root;
            }
            throw CannotException.of(
                    "Cannot use feed file " + file + ":",
                    List.of("it is not a map of keys (feed: …, topic: …, schema: …)"));
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            String why = e.getOriginalMessage().lines().findFirst().orElse("");
            throw CannotException.of("Cannot use feed file " + file + ":", List.of(where + "not YAML: " + why));
        }
    }

    private List<RollupDeclaration> rollups(JsonNode node) {
        List<RollupDeclaration> rollups = new ArrayList<>();
        if (!node.isObject() || node.isEmpty()) {
            problem("rollups", node.asText(""), "at least one: name: { dimensions: [ … ], measures: { … } }");
            return rollups;
        }
        node.properties().forEach(e -> rollups.add(rollup("rollups." + e.getKey(), e.getKey(), e.getValue())));
        return rollups;
    }

    private RollupDeclaration rollup(String key, String name, JsonNode node) {
        if (!NAME.matcher(name).matches()) {
            problem(key, name, "lower-case letters, digits and _");
        }
        known(key + ".", node, "where", "dimensions", "measures", "derived");
        JsonNode measures = node.path("measures");
        if (!measures.isObject() || measures.isEmpty()) {
            problem(key + ".measures", measures.asText(""), "at least one, such as events: count()");
        }
        Map<String, String> derived = new LinkedHashMap<>();
        node.path("derived")
                .properties()
                .forEach(e -> derived.put(e.getKey(), e.getValue().asText()));
        return new RollupDeclaration(
                name,
                Optional.ofNullable(node.get("where")).map(JsonNode::asText),
                texts(node.path("dimensions")).stream()
                        .map(FeedReader::dimension)
                        .toList(),
                measures.properties().stream()
                        .map(e -> new RollupDeclaration.Column(
                                e.getKey(), e.getValue().asText()))
                        .toList(),
                derived);
    }

    /** {@code name: expression}, or a field of the event. */
    private static RollupDeclaration.Column dimension(String declared) {
        Matcher named = NAMED.matcher(declared);
        return named.matches()
                ? new RollupDeclaration.Column(named.group(1), named.group(2).trim())
                : new RollupDeclaration.Column(declared, "`" + declared + "`");
    }

    private Acceptance acceptance(JsonNode node) {
        known("accept.", node, "late", "future", "size");
        Duration late = duration("accept.late", node.path("late"), Acceptance.DEFAULT.late());
        Duration future = duration("accept.future", node.path("future"), Acceptance.DEFAULT.future());
        String size = node.path("size").asText(Acceptance.DEFAULT.size() + "");
        Matcher bytes = Pattern.compile("(\\d{1,9})\\s*(KiB|MiB)?").matcher(size);
        long limit = bytes.matches() ? Long.parseLong(bytes.group(1)) * unit(bytes.group(2)) : 0;
        if (limit < 1 || limit > 64L << 20) {
            problem("accept.size", size, "1 to 64MiB, such as 256KiB");
            limit = 1;
        }
        return new Acceptance(late, future, (int) limit);
    }

    private static long unit(String name) {
        return name == null ? 1 : name.equals("KiB") ? 1024 : 1024 * 1024;
    }

    private Retention retention(JsonNode node) {
        known("retention.", node, "raw", "1m", "1h");
        return new Retention(
                duration("retention.raw", node.path("raw"), Retention.DEFAULT.raw()),
                duration("retention.1m", node.path("1m"), Retention.DEFAULT.minutes()),
                duration("retention.1h", node.path("1h"), Retention.DEFAULT.hours()));
    }

    private Duration duration(String key, JsonNode node, Duration otherwise) {
        if (node.isMissingNode()) {
            return otherwise;
        }
        Optional<Duration> duration = Durations.parse(node.asText());
        if (duration.isEmpty()) {
            problem(key, node.asText(), "a number and s, m, h, d or y, such as 7d");
        }
        return duration.orElse(otherwise);
    }

    private String name(String key, JsonNode node) {
        String name = node.asText("");
        if (!NAME.matcher(name).matches()) {
            problem(key, name, "a name of lower-case letters, digits and _");
        }
        return name;
    }

    private static List<String> texts(JsonNode node) {
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

    private void known(String prefix, JsonNode node, String... keys) {
        if (!node.isMissingNode() && !node.isObject()) {
            problem(
                    prefix.isEmpty() ? "the file" : prefix.substring(0, prefix.length() - 1),
                    node.asText(),
                    "a map with " + String.join(", ", keys));
        }
        node.fieldNames().forEachRemaining(key -> {
            if (!List.of(keys).contains(key)) {
                problem(prefix + key, node.get(key).asText(), "one of the keys " + String.join(", ", keys));
            }
        });
    }

    private void problem(String key, String value, String works) {
        problems.add(doesNotWork(key, value, works));
    }

    static String doesNotWork(String key, String value, String works) {
        return "%s: %s does not work (%s)".formatted(key, value.isEmpty() ? "nothing" : "'" + value + "'", works);
    }
}
