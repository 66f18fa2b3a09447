package dev.tideline.feed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.documents.Document;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import dev.tideline.protocol.CannotException;
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

    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]{0,30}");
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
        Document root = new Document("", tree(), problems);
        root.known(List.of(
                "feed",
                "topic",
                "format",
                "schema",
                "event",
                "require",
                "accept",
                "hash",
                "mask",
                "rollups",
                "retention"));
        String name = root.node("feed").asText("");
        if (!NAME.matcher(name).matches()) {
            root.problem("feed", name, "a name of lower-case letters, digits and _");
        }
        String topic = root.node("topic").asText("");
        if (!TOPIC.matcher(topic).matches()) {
            root.problem("topic", topic, "a Kafka topic name");
        }
        String format = root.node("format").asText(Format.JSON.text());
        if (Format.parse(format).isEmpty()) {
            root.problem(
                    "format",
                    format,
                    Arrays.stream(Format.values()).map(Format::text).collect(Collectors.joining(", ")));
        }
        Document event = root.at("event");
        event.known(List.of("id", "time"));
        return new FeedDeclaration(
                name,
                topic,
                Format.parse(format).orElse(Format.JSON),
                root.node("schema").asText("").trim(),
                event.texts("id"),
                event.node("time").asText(""),
                root.texts("require"),
                acceptance(root.at("accept")),
                protection(root),
                rollups(root.at("rollups")),
                retention(root.at("retention")),
                text);
    }

    private JsonNode tree() {
        try {
            JsonNode root = Yaml.read(text);
            if (root.isObject()) {
                return root;
            }
            throw CannotException.of(
                    "Cannot use feed file " + file + ":",
                    List.of("it is not a map of keys (feed: …, topic: …, schema: …)"));
        } catch (YamlException e) {
            throw CannotException.of("Cannot use feed file " + file + ":", List.of(e.getMessage()));
        }
    }

    private static List<RollupDeclaration> rollups(Document all) {
        List<RollupDeclaration> rollups = new ArrayList<>();
        if (!all.node().isObject() || all.node().isEmpty()) {
            all.problem("", all.node().asText(""), "at least one: name: { dimensions: [ … ], measures: { … } }");
            return rollups;
        }
        all.node().properties().forEach(e -> rollups.add(rollup(e.getKey(), all.at(e.getKey()))));
        return rollups;
    }

    private static RollupDeclaration rollup(String name, Document rollup) {
        if (!NAME.matcher(name).matches()) {
            rollup.problem("", name, "lower-case letters, digits and _");
        }
        rollup.known(List.of("where", "dimensions", "measures", "derived"));
        JsonNode measures = rollup.node("measures");
        if (!measures.isObject() || measures.isEmpty()) {
            rollup.problem("measures", measures.asText(""), "at least one, such as events: count()");
        }
        Map<String, String> derived = new LinkedHashMap<>();
        rollup.node("derived")
                .properties()
                .forEach(e -> derived.put(e.getKey(), e.getValue().asText()));
        return new RollupDeclaration(
                name,
                Optional.of(rollup.node("where"))
                        .filter(where -> !where.isMissingNode())
                        .map(JsonNode::asText),
                rollup.texts("dimensions").stream().map(FeedReader::dimension).toList(),
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

    private static Protection protection(Document root) {
        Document hash = root.at("hash");
        hash.known(List.of("fields", "key"));
        List<String> fields = hash.texts("fields");
        if (root.has("hash") && fields.isEmpty()) {
            hash.problem("fields", "", "the columns that are kept as a hash only");
        }
        if (root.has("mask") && root.texts("mask").isEmpty()) {
            root.problem("mask", "", "the columns that are kept as NULL");
        }
        String key = hash.node("key").asText("");
        if (root.has("hash") && !VARIABLE.matcher(key).matches()) {
            // Not what stands there: it may be the key.
            hash.problem(
                    "key", "", "the name of the environment variable that holds the key, at most 31 of A-Z, 0-9, _");
            key = "";
        }
        return new Protection(fields, key, root.texts("mask"));
    }

    private static Acceptance acceptance(Document accept) {
        accept.known(List.of("late", "future", "size"));
        Duration late = duration(accept, "late", Acceptance.DEFAULT.late());
        Duration future = duration(accept, "future", Acceptance.DEFAULT.future());
        String size = accept.node("size").asText(Acceptance.DEFAULT.size() + "");
        Matcher bytes = Pattern.compile("(\\d{1,9})\\s*(KiB|MiB)?").matcher(size);
        long limit = bytes.matches() ? Long.parseLong(bytes.group(1)) * unit(bytes.group(2)) : 0;
        if (limit < 1 || limit > 64L << 20) {
            accept.problem("size", size, "1 to 64MiB, such as 256KiB");
            limit = 1;
        }
        return new Acceptance(late, future, (int) limit);
    }

    private static long unit(String name) {
        return name == null ? 1 : name.equals("KiB") ? 1024 : 1024 * 1024;
    }

    private static Retention retention(Document retention) {
        retention.known(List.of("raw", "1m", "1h"));
        return new Retention(
                duration(retention, "raw", Retention.DEFAULT.raw()),
                duration(retention, "1m", Retention.DEFAULT.minutes()),
                duration(retention, "1h", Retention.DEFAULT.hours()));
    }

    private static Duration duration(Document at, String key, Duration otherwise) {
        return at.duration(key, otherwise, Duration.ZERO, "a number and s, m, h, d or y, such as 7d; at most 100y");
    }
}
