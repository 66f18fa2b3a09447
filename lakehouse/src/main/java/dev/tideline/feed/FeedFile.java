package dev.tideline.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Durations;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Measure;
import dev.tideline.rollup.Measures;
import dev.tideline.rollup.Rollup;
import dev.tideline.spark.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Reads one feed's YAML and reports everything that is wrong with it at once, each with its key, value and what would work. */
public final class FeedFile {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(com.fasterxml.jackson.core.JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final Pattern NAMED = Pattern.compile("([a-z][a-z0-9_]*)\\s*:\\s*(.+)", Pattern.DOTALL);
    private static final Set<String> RESERVED =
            Set.of("event_time", "event_date", "payload", "seq", "run", "generation", "reason", "detail");

    private final String file;
    private final String text;
    private final List<String> problems = new ArrayList<>();

    private FeedFile(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * The feed that {@code text} declares.
     *
     * @param file how messages name it
     * @throws CannotException listing every problem
     */
    public static Feed parse(String file, String text) {
        return new FeedFile(file, text).parse();
    }

    private Feed parse() {
        JsonNode root = tree();
        known("", root, "feed", "topic", "format", "schema", "event", "require", "accept", "rollups", "retention");
        String name = name("feed", root.path("feed"));
        String topic = root.path("topic").asText("");
        if (!TOPIC.matcher(topic).matches()) {
            problem("topic", topic, "a Kafka topic name");
        }
        String format = root.path("format").asText("json");
        if (!format.equals("json")) {
            problem("format", format, "json");
        }
        StructType schema = schema(root.path("schema"));
        Expressions fields = new Expressions(schema);

        known("event.", root.path("event"), "id", "time");
        List<String> id = texts(root.path("event").path("id"));
        for (String column : id) {
            field("event.id", column, schema);
        }
        if (id.isEmpty()) {
            problem("event.id", "", "the column, or a list of columns, by which two events are the same");
        }
        String time = root.path("event").path("time").asText("");
        StructField timeField = field("event.time", time, schema);
        if (timeField != null && (timeField.nullable() || !timeField.dataType().equals(DataTypes.TimestampType))) {
            problem("event.time", time + " " + timeField.dataType().sql(), "a TIMESTAMP NOT NULL column");
        }
        List<String> require = texts(root.path("require"));
        for (int i = 0; i < require.size(); i++) {
            String condition = require.get(i);
            check("require[" + i + "]", condition, c -> Measures.requireBoolean(c, fields::typeOf));
        }
        Feed feed = new Feed(
                name,
                topic,
                schema,
                id,
                time,
                require,
                acceptance(root.path("accept")),
                rollups(root.path("rollups"), fields, new Expressions(event(schema))),
                retention(root.path("retention")),
                text);
        if (!problems.isEmpty()) {
            throw CannotException.of("Cannot use feed file " + file + ":", problems);
        }
        return feed;
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

    private StructType schema(JsonNode node) {
        String ddl = node.asText("").trim();
        StructType schema = new StructType().add("none", DataTypes.StringType);
        try {
            if (!ddl.isEmpty()) {
                schema = StructType.fromDDL(ddl);
            } else {
                problem("schema", "", "columns, such as id STRING NOT NULL, at TIMESTAMP NOT NULL");
            }
        } catch (Exception e) {
            problem(
                    "schema",
                    ddl,
                    "columns, such as id STRING NOT NULL, at TIMESTAMP NOT NULL; "
                            + e.getMessage().strip().lines().findFirst().orElse(""));
        }
        Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (StructField field : schema.fields()) {
            String lower = field.name().toLowerCase(Locale.ROOT);
            if (RESERVED.contains(lower) || lower.startsWith("_") || lower.startsWith("kafka_")) {
                problem("schema", field.name(), "another name: this one is Tideline's own");
            }
            if (!seen.add(field.name())) {
                problem("schema", field.name(), "a column once");
            }
            JsonTypes.unsupported(field.dataType())
                    .ifPresent(type -> problem("schema", field.name() + " " + type, JsonTypes.SUPPORTED));
        }
        return schema;
    }

    /** An event as measures see it: its fields, its time and where it stood in Kafka. */
    private static StructType event(StructType schema) {
        return schema.merge(
                StructType.fromDDL("event_time TIMESTAMP, event_date DATE, kafka_topic STRING, kafka_topic_id STRING, "
                        + "kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP"),
                true);
    }

    private List<Rollup> rollups(JsonNode node, Expressions fields, Expressions events) {
        List<Rollup> rollups = new ArrayList<>();
        if (!node.isObject() || node.isEmpty()) {
            problem("rollups", node.asText(""), "at least one: name: { dimensions: [ … ], measures: { … } }");
            return rollups;
        }
        node.properties()
                .forEach(e -> rollups.add(rollup("rollups." + e.getKey(), e.getKey(), e.getValue(), fields, events)));
        return rollups;
    }

    private Rollup rollup(String key, String name, JsonNode node, Expressions fields, Expressions events) {
        int before = problems.size();
        if (!NAME.matcher(name).matches()) {
            problem(key, name, "lower-case letters, digits and _");
        }
        known(key + ".", node, "where", "dimensions", "measures", "derived");
        Optional<String> where = Optional.ofNullable(node.get("where")).map(JsonNode::asText);
        where.ifPresent(w -> check(key + ".where", w, c -> Measures.requireBoolean(c, fields::typeOf)));

        Set<String> taken = new TreeSet<>(
                Set.of("window_start", "event_date", "provisional", "series_id", "seq", "run", "generation"));
        List<Dimension> dimensions = new ArrayList<>();
        List<String> declared = texts(node.path("dimensions"));
        for (int i = 0; i < declared.size(); i++) {
            String at = key + ".dimensions[" + i + "]";
            Matcher named = NAMED.matcher(declared.get(i));
            String column = named.matches() ? named.group(1) : declared.get(i);
            String expression = named.matches() ? named.group(2).trim() : "`" + declared.get(i) + "`";
            take(at, column, taken);
            check(at, expression, e -> dimensions.add(Dimension.of(column, e, fields.typeOf(e))));
        }
        List<Measure> measures = new ArrayList<>();
        List<StructField> finished = new ArrayList<>(List.of(
                new StructField("window_start", DataTypes.TimestampType, false, Metadata.empty()),
                new StructField("event_date", DataTypes.DateType, false, Metadata.empty())));
        dimensions.forEach(d -> finished.add(new StructField(d.name(), d.type(), true, Metadata.empty())));
        node.path("measures").properties().forEach(e -> {
            String at = key + ".measures." + e.getKey();
            check(at, e.getValue().asText(), text -> {
                Measure measure = Measures.parse(e.getKey(), text, fields::typeOf);
                finished.addAll(List.of(finished(measure, events).fields()));
                measures.add(measure);
                measure.finish().keySet().forEach(column -> take(at, column, taken));
            });
        });
        if (!node.path("measures").isObject() || node.path("measures").isEmpty()) {
            problem(key + ".measures", node.path("measures").asText(""), "at least one, such as events: count()");
        }
        Map<String, String> derived = new LinkedHashMap<>();
        boolean sound = problems.size() == before;
        node.path("derived").properties().forEach(e -> {
            String at = key + ".derived." + e.getKey();
            take(at, e.getKey(), taken);
            derived.put(e.getKey(), e.getValue().asText());
            if (sound) {
                // One by one, so that each can use those above it.
                Expressions readable = new Expressions(new StructType(finished.toArray(StructField[]::new)));
                check(
                        at,
                        e.getValue().asText(),
                        d -> finished.add(new StructField(e.getKey(), readable.typeOf(d), true, Metadata.empty())));
            }
        });
        return new Rollup(name, where, dimensions, measures, derived);
    }

    /** The columns that readers see of a measure, from events through a partial and a merge. */
    private static StructType finished(Measure measure, Expressions events) {
        StructType partial = events.aggregates(measure.text(), measure.partial());
        StructType merged = new Expressions(partial).aggregates(measure.text(), measure.merge());
        return new Expressions(merged).columns(measure.text(), measure.finish());
    }

    private void take(String key, String column, Set<String> taken) {
        if (!NAME.matcher(column).matches()) {
            problem(key, column, "a column name of lower-case letters, digits and _ (or name: expression)");
        } else if (!taken.add(column)) {
            problem(key, column, "another name: this column exists already");
        }
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

    private StructField field(String key, String column, StructType schema) {
        if (!List.of(schema.fieldNames()).contains(column)) {
            problem(key, column, "a column of the schema: " + String.join(", ", schema.fieldNames()));
            return null;
        }
        return schema.apply(column);
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

    private void check(String key, String value, Consumer<String> use) {
        try {
            use.accept(value);
        } catch (IllegalArgumentException e) {
            problems.add(key + ": " + e.getMessage());
        }
    }

    private void problem(String key, String value, String works) {
        problems.add(
                "%s: %s does not work (%s)".formatted(key, value.isEmpty() ? "nothing" : "'" + value + "'", works));
    }
}
