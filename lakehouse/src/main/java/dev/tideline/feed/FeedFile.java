package dev.tideline.feed;

import dev.tideline.documents.Document;
import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Measure;
import dev.tideline.rollup.Measures;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.RollupDeclaration;
import dev.tideline.spark.Expressions;
import dev.tideline.spark.FieldUse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Reads one feed's YAML and checks its types and expressions; reports everything that is wrong with it at once, each with its
 * key, value and what would work.
 */
public final class FeedFile {
    private static final Set<String> RESERVED =
            Set.of("event_time", "event_date", "payload", "seq", "run", "generation", "reason", "detail");

    /** Measures that take a value as it is. */
    private static final List<String> OF_EQUALITY = List.of("distinct", "top", "first", "last");

    private final String file;
    private final List<String> problems = new ArrayList<>();
    /** In lower case, as expressions may write them. */
    private final Set<String> hashed = new TreeSet<>();

    private final Set<String> masked = new TreeSet<>();

    private FeedFile(String file) {
        this.file = file;
    }

    /**
     * The feed that {@code text} declares.
     *
     * @param file how messages name it
     * @throws CannotException listing every problem
     */
    public static Feed parse(String file, String text) {
        FeedFile feed = new FeedFile(file);
        return feed.checked(new FeedReader(file, text, feed.problems).read());
    }

    private Feed checked(FeedDeclaration declared) {
        StructType schema = schema(declared.schema(), declared.format());
        Expressions fields = new Expressions(schema);
        for (String column : declared.id()) {
            field("event.id", column, schema);
        }
        if (declared.id().isEmpty()) {
            problem("event.id", "", "the column, or a list of columns, by which two events are the same");
        }
        String time = declared.time();
        StructField timeField = field("event.time", time, schema);
        if (timeField != null && (timeField.nullable() || !timeField.dataType().equals(DataTypes.TimestampType))) {
            problem("event.time", time + " " + timeField.dataType().sql(), "a TIMESTAMP NOT NULL column");
        }
        protect(declared, schema);
        for (int i = 0; i < declared.require().size(); i++) {
            check("require[" + i + "]", declared.require().get(i), condition -> {
                Measures.requireBoolean(condition, fields::typeOf);
                isOpaque(condition);
            });
        }
        Expressions events = new Expressions(event(schema));
        Feed feed = new Feed(
                declared.name(),
                declared.topic(),
                declared.format(),
                schema,
                declared.id(),
                time,
                declared.require(),
                declared.accept(),
                declared.protection(),
                declared.rollups().stream()
                        .map(rollup -> rollup("rollups." + rollup.name(), rollup, fields, events))
                        .toList(),
                declared.retention(),
                declared.source());
        FeedDeclaration.refuse(file, problems);
        return feed;
    }

    private void protect(FeedDeclaration declared, StructType schema) {
        for (String column : declared.protection().hash()) {
            StructField hashes = field("hash.fields", column, schema);
            if (hashes == null) {
                continue;
            }
            hashed.add(column.toLowerCase(Locale.ROOT));
            boolean is = hashes.dataType().equals(DataTypes.StringType)
                    || hashes.dataType().equals(DataTypes.LongType);
            if (!is || column.equals(declared.time())) {
                problem("hash.fields", column + " " + hashes.dataType().sql(), "a column of STRING or BIGINT");
            }
        }
        for (String column : declared.protection().mask()) {
            field("mask", column, schema);
            masked.add(column.toLowerCase(Locale.ROOT));
            if (hashed.contains(column.toLowerCase(Locale.ROOT))) {
                problem("mask", column, "a column that is not hashed");
            }
            if (declared.id().contains(column) || declared.time().equals(column)) {
                problem("mask", column, "a column that no event is known by: neither event.id nor event.time");
            }
        }
    }

    /** Refuses an expression that a hidden field has no answer for. */
    private boolean isOpaque(String expression) {
        if (!masked.isEmpty() && FieldUse.reads(expression, masked)) {
            throw new IllegalArgumentException("reads a masked field, which is NULL in every event: " + expression);
        }
        return !hashed.isEmpty() && FieldUse.isOpaque(expression, hashed);
    }

    private StructType schema(String ddl, Format format) {
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
            format.unsupported(field.dataType())
                    .ifPresent(type -> problem("schema", field.name() + " " + type, format.supported()));
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

    private Rollup rollup(String key, RollupDeclaration declared, Expressions fields, Expressions events) {
        int before = problems.size();
        declared.where()
                .ifPresent(w -> check(key + ".where", w, c -> {
                    Measures.requireBoolean(c, fields::typeOf);
                    isOpaque(c);
                }));

        Set<String> taken = new TreeSet<>(
                Set.of("window_start", "event_date", "provisional", "series_id", "seq", "run", "generation"));
        List<Dimension> dimensions = new ArrayList<>();
        for (int i = 0; i < declared.dimensions().size(); i++) {
            String at = key + ".dimensions[" + i + "]";
            RollupDeclaration.Column column = declared.dimensions().get(i);
            take(at, column.name(), taken);
            check(at, column.text(), e -> {
                dimensions.add(Dimension.of(column.name(), e, fields.typeOf(e)));
                isOpaque(e);
            });
        }
        List<Measure> measures = new ArrayList<>();
        List<StructField> finished = new ArrayList<>(List.of(
                new StructField("window_start", DataTypes.TimestampType, false, Metadata.empty()),
                new StructField("event_date", DataTypes.DateType, false, Metadata.empty())));
        dimensions.forEach(d -> finished.add(new StructField(d.name(), d.type(), true, Metadata.empty())));
        declared.measures().forEach(column -> {
            String at = key + ".measures." + column.name();
            check(at, column.text(), text -> {
                Measure measure = Measures.parse(column.name(), text, fields::typeOf);
                requireAnswerable(text);
                finished.addAll(List.of(finished(measure, events).fields()));
                measures.add(measure);
                measure.finish().keySet().forEach(finish -> take(at, finish, taken));
            });
        });
        Map<String, String> derived = new LinkedHashMap<>();
        boolean sound = problems.size() == before && !measures.isEmpty();
        declared.derived().forEach((name, expression) -> {
            String at = key + ".derived." + name;
            take(at, name, taken);
            derived.put(name, expression);
            if (sound) {
                // One by one, so that each can use those above it.
                Expressions readable = new Expressions(new StructType(finished.toArray(StructField[]::new)));
                check(
                        at,
                        expression,
                        d -> finished.add(new StructField(name, readable.typeOf(d), true, Metadata.empty())));
            }
        });
        return new Rollup(declared.name(), declared.where(), dimensions, measures, derived);
    }

    private void requireAnswerable(String text) {
        Measures.Declared measure = Measures.Declared.of(text);
        measure.where().ifPresent(this::isOpaque);
        boolean opaque = !measure.argument().isEmpty() && isOpaque(measure.measured());
        if (opaque && !OF_EQUALITY.contains(measure.function())) {
            throw new IllegalArgumentException(measure.function() + " of a hashed field says nothing ("
                    + String.join(", ", OF_EQUALITY) + " do): " + measure.argument());
        }
    }

    /** The columns that readers see of a measure, from events through a partial and a merge. */
    private static StructType finished(Measure measure, Expressions events) {
        StructType partial = events.aggregates(measure.text(), measure.partial());
        StructType merged = new Expressions(partial).aggregates(measure.text(), measure.merge());
        return new Expressions(merged).columns(measure.text(), measure.finish());
    }

    private void take(String key, String column, Set<String> taken) {
        if (!FeedReader.NAME.matcher(column).matches()) {
            problem(key, column, "a column name of lower-case letters, digits and _ (or name: expression)");
        } else if (!taken.add(column)) {
            problem(key, column, "another name: this column exists already");
        }
    }

    private StructField field(String key, String column, StructType schema) {
        if (!List.of(schema.fieldNames()).contains(column)) {
            problem(key, column, "a column of the schema: " + String.join(", ", schema.fieldNames()));
            return null;
        }
        return schema.apply(column);
    }

    private void check(String key, String value, Consumer<String> use) {
        try {
            use.accept(value);
        } catch (IllegalArgumentException e) {
            problems.add(key + ": " + e.getMessage());
        }
    }

    private void problem(String key, String value, String works) {
        problems.add(key + ": " + Document.doesNotWork(value, works));
    }
}
