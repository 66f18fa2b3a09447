package dev.tideline.alerts.rule;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.protocol.CannotException;
import dev.tideline.spark.DeclaredRelations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NameParameterizedQuery;
import org.apache.spark.sql.catalyst.analysis.Star;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.classic.Dataset$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** A rule's SQL: over which views, what is wrong with it, and the rows that it has. The session knows the views. */
public final class RuleQuery {
    /** For a session that runs short queries: sooner run than compiled, their bounds being in the text of what would be compiled. */
    public static final Map<String, String> SHORT = Map.of(
            "spark.sql.codegen.wholeStage", "false",
            "spark.sql.codegen.factoryMode", "NO_CODEGEN",
            "spark.sql.adaptive.enabled", "false");

    private static final String VALUE = "value";
    private static final String WINDOW = "window_start";
    private static final String PROVISIONAL = "provisional";
    private static final Set<String> NO_LABELS = Set.of(VALUE, WINDOW, PROVISIONAL, "event_date");
    /** So many rows are looked at, of which those count against the rule's limit whose condition holds. */
    private static final int MOST_ROWS = 100_000;

    private static final int MOST_LABELS = 64;
    private static final int MOST_CHARACTERS = 1024;
    private static final Pattern WORD = Pattern.compile("\\w+");

    private RuleQuery() {}

    /**
     * The rule's rows in windows that begin in [{@code from}, {@code to}); of a query without {@code window_start} all its
     * rows, in the window that holds {@code now}. String columns are labels, and so are the entries of maps of strings, with
     * {@code _} for characters that a label cannot have; a column goes before an entry of that name.
     *
     * @param now the moment of the evaluation
     * @throws CannotException with a message of one line, when the query fails or gives rows that cannot be judged
     */
    public static List<Sample> samples(SparkSession session, Rule rule, Instant from, Instant to, Instant now) {
        try {
            Dataset<Row> rows = rows(session, rule, from, to);
            boolean windowed = hasWindow(rows.schema());
            StructType schema = rows.schema();
            String problem = String.join("; ", problems(schema));
            if (!problem.isEmpty()) {
                throw new CannotException(problem);
            }
            if (windowed) {
                rows = rows.where(col(WINDOW).geq(lit(from)).and(col(WINDOW).lt(lit(to))));
            }
            Instant present = Windows.holding(now, rule.window());
            long windows = windowed ? Windows.between(from, to, rule.window()).size() + 1L : 1;
            int most = (int) Math.min(Integer.MAX_VALUE - 1, Math.max(MOST_ROWS, rule.limit() * windows));
            // In one partition a limit is one job; in several it looks at one, then at some more.
            List<Row> found = rows.select(columns(schema, windowed, present))
                    .coalesce(1)
                    .limit(most + 1)
                    .collectAsList();
            if (found.size() > most) {
                throw new CannotException("it has more than " + most
                        + " rows (a WHERE or GROUP BY that leaves fewer, or a higher limit)");
            }
            List<Queried> queried = new ArrayList<>();
            for (Row row : found) {
                queried.add(queried(row, schema));
            }
            return joined(queried, rule);
        } catch (Exception e) { // Spark's checked AnalysisException comes undeclared
            throw cannot(rule, e);
        }
    }

    /**
     * Whether the query has a column {@code window_start}.
     *
     * @throws CannotException when it cannot be analysed
     */
    public static boolean isWindowed(SparkSession session, Rule rule) {
        try {
            return hasWindow(rows(session, rule, Instant.EPOCH, Instant.EPOCH).schema());
        } catch (Exception e) {
            throw cannot(rule, e);
        }
    }

    /** Those of {@code all} views that the query names. */
    public static Set<String> views(Rule rule, Collection<String> all) {
        Set<String> words = words(rule.expr());
        return all.stream()
                .filter(view -> words.contains(view.toLowerCase(Locale.ROOT)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What is wrong with the query, a line each; it is analysed, not run. */
    public static List<String> problems(DeclaredRelations views, Rule rule) {
        String where = "group " + rule.group() + ", rule " + rule.name() + ": ";
        List<String> problems = new ArrayList<>();
        try {
            LogicalPlan plan = views.analyze(() -> bound(rule, Instant.EPOCH, Instant.EPOCH));
            problems.addAll(problems(plan.schema()));
            boolean windowed = hasWindow(plan.schema());
            if (windowed != namesWindow(rule.expr())) {
                problems.add("expr hides whether there is a column window_start (name its columns, instead of *)");
            }
            if (windowed && (!plan.deterministic() || plan.containsPattern(TreePattern.CURRENT_LIKE()))) {
                problems.add("expr gives another answer each time (:to instead of the present time, nothing at random:"
                        + " so that the rule can be replayed)");
            }
        } catch (Exception e) {
            String why = why(e) + known(views, e);
            problems.add(why.startsWith("expr ") ? why : "expr: " + why);
        }
        return problems.stream().map(problem -> where + problem).toList();
    }

    /** What is wrong with {@code expr} as SQL, whatever views there are. */
    static Optional<String> syntaxProblem(String expr) {
        try {
            query(expr);
            return Optional.empty();
        } catch (CannotException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** Whether the result of {@code expr} seems to have a column {@code window_start}; of what is no query, it does. */
    static boolean namesWindow(String expr) {
        return syntaxProblem(expr).isPresent() || namesWindow(query(expr));
    }

    private static boolean namesWindow(LogicalPlan plan) {
        if (plan instanceof UnresolvedRelation relation) {
            return !Health.VIEWS.containsKey(relation.tableName());
        }
        List<NamedExpression> columns = List.of();
        if (plan instanceof Project project) {
            columns = CollectionConverters.asJava(project.projectList());
        } else if (plan instanceof Aggregate aggregate) {
            columns = CollectionConverters.asJava(aggregate.aggregateExpressions());
        }
        if (columns.stream().anyMatch(RuleQuery::isWindow)) {
            return true;
        }
        boolean passes = columns.isEmpty() || columns.stream().anyMatch(Star.class::isInstance);
        return passes
                && !plan.children().isEmpty()
                && namesWindow(plan.children().head());
    }

    private static boolean isWindow(NamedExpression column) {
        if (column instanceof UnresolvedAttribute attribute) {
            return attribute.nameParts().last().equals(WINDOW);
        }
        return column instanceof Alias && column.name().equals(WINDOW);
    }

    /** All words of an SQL text, in lower case. */
    static Set<String> words(String expr) {
        return WORD.matcher(expr.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
    }

    /**
     * Not by {@code SparkSession.sql}: that runs what is no query at once, and leaves the text to Delta's parser, which binds no
     * parameters.
     */
    private static Dataset<Row> rows(SparkSession session, Rule rule, Instant from, Instant to) {
        return Dataset$.MODULE$.ofRows((org.apache.spark.sql.classic.SparkSession) session, bound(rule, from, to));
    }

    private static LogicalPlan bound(Rule rule, Instant from, Instant to) {
        return new NameParameterizedQuery(
                query(rule.expr()),
                CollectionConverters.asScala(List.of("from", "to")).toSeq(),
                CollectionConverters.asScala(List.of(time(from), time(to))).toSeq());
    }

    private static Expression time(Instant time) {
        return Literal$.MODULE$.create(time, DataTypes.TimestampType);
    }

    private static LogicalPlan query(String expr) {
        try {
            return CatalystSqlParser$.MODULE$.parseQuery(expr);
        } catch (Exception e) {
            throw new CannotException("expr is no query: " + why(e) + " (one SELECT, or WITH … SELECT)", e);
        }
    }

    private static List<String> problems(StructType schema) {
        List<String> problems = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (StructField field : schema.fields()) {
            if (!seen.add(field.name())) {
                problems.add("two columns are named " + field.name() + " (each name once)");
            }
            problem(field.name(), field.dataType()).ifPresent(problems::add);
        }
        if (!seen.contains(VALUE)) {
            problems.add("there is no column value (a number, which condition is about: … AS value)");
        }
        return problems;
    }

    private static Optional<String> problem(String name, DataType type) {
        String is = "column " + name + " is " + type.sql();
        return switch (name) {
            case VALUE -> unless(type instanceof NumericType, is + " (a number, such as CAST(… AS DOUBLE) AS value)");
            case WINDOW -> unless(type.equals(DataTypes.TimestampType), is + " (a TIMESTAMP, the window's start)");
            case PROVISIONAL -> unless(type.equals(DataTypes.BooleanType), is + " (a BOOLEAN)");
            default -> NO_LABELS.contains(name) || isLabels(type) ? Optional.empty() : labelProblem(name, type);
        };
    }

    private static Optional<String> labelProblem(String name, DataType type) {
        if (!(type instanceof StringType)) {
            return Optional.of("column " + name + " is " + type.sql() + " (as a label: CAST(" + name + " AS STRING) AS "
                    + name + "; else leave it out)");
        }
        if (RuleReader.OWN_LABELS.contains(name)) {
            return Optional.of("column " + name + " would be a label (another name: this one is Tideline's own)");
        }
        return unless(
                RuleReader.LABEL.matcher(name).matches(),
                "column " + name + " is no name for a label (letters, digits and _: … AS name)");
    }

    private static Optional<String> unless(boolean fine, String problem) {
        return fine ? Optional.empty() : Optional.of(problem);
    }

    private static boolean isLabels(DataType type) {
        return type instanceof MapType map
                && map.keyType() instanceof StringType
                && map.valueType() instanceof StringType;
    }

    private static boolean hasWindow(StructType schema) {
        return List.of(schema.fieldNames()).contains(WINDOW);
    }

    /** Start, value and whether it may change, then the labels. */
    private static Column[] columns(StructType schema, boolean windowed, Instant present) {
        List<Column> columns = new ArrayList<>();
        columns.add(windowed ? col(WINDOW) : lit(present).as(WINDOW));
        columns.add(col(VALUE).cast("double"));
        columns.add(List.of(schema.fieldNames()).contains(PROVISIONAL) ? col(PROVISIONAL) : lit(false));
        labels(schema).forEach(field -> columns.add(col("`" + field.name() + "`")));
        return columns.toArray(Column[]::new);
    }

    private static List<StructField> labels(StructType schema) {
        return List.of(schema.fields()).stream()
                .filter(field -> !NO_LABELS.contains(field.name()))
                .toList();
    }

    /** A row as the query gave it, and what is judged of it. */
    private record Queried(Map<String, String> labels, Sample sample) {}

    private static Queried queried(Row row, StructType schema) {
        if (row.isNullAt(0)) {
            throw new CannotException("a row has no window_start (leave such rows out)");
        }
        List<StructField> names = labels(schema);
        Map<String, String> queried = new TreeMap<>();
        SortedMap<String, String> labels = new TreeMap<>();
        for (int i = 0; i < names.size(); i++) {
            if (!isLabels(names.get(i).dataType()) && !row.isNullAt(3 + i)) {
                queried.put(names.get(i).name(), row.getString(3 + i));
                labels.put(names.get(i).name(), row.getString(3 + i));
            }
        }
        for (int i = 0; i < names.size(); i++) {
            if (isLabels(names.get(i).dataType()) && !row.isNullAt(3 + i)) {
                Map<String, String> entries = new TreeMap<>(row.<String, String>getJavaMap(3 + i));
                entries.forEach((name, value) -> queried.put("entry " + name, String.valueOf(value)));
                addEntries(entries, labels);
            }
        }
        return new Queried(
                queried,
                new Sample(
                        shortened(labels),
                        row.getTimestamp(0).toInstant(),
                        row.isNullAt(1) ? Double.NaN : row.getDouble(1),
                        !row.isNullAt(2) && row.getBoolean(2)));
    }

    /** Of entries whose names would be one as a label, the one goes before whose name is one. */
    private static void addEntries(Map<String, String> entries, SortedMap<String, String> labels) {
        entries.entrySet().stream()
                .filter(entry -> RuleReader.LABEL.matcher(entry.getKey()).matches())
                .forEach(entry -> addEntry(entry.getKey(), entry.getValue(), labels));
        entries.forEach((name, value) ->
                addEntry(name.replaceAll("[^a-zA-Z0-9_]", "_").replaceFirst("^(?=[0-9]|$)", "_"), value, labels));
    }

    private static void addEntry(String label, String value, SortedMap<String, String> labels) {
        if (value != null && !RuleReader.OWN_LABELS.contains(label)) {
            labels.putIfAbsent(label, value);
        }
    }

    /** A label without a value is none, as in Prometheus. What events say may be of any size, and an alert may not. */
    private static SortedMap<String, String> shortened(SortedMap<String, String> labels) {
        SortedMap<String, String> kept = new TreeMap<>();
        labels.forEach((name, value) -> {
            if (!value.isEmpty() && kept.size() < MOST_LABELS) {
                kept.put(Template.cut(name, MOST_CHARACTERS), Template.cut(value, MOST_CHARACTERS));
            }
        });
        return kept;
    }

    /**
     * Rows that the query tells apart, and their labels do not, are one instance: it is active where one of them is. Rows that the
     * query does not tell apart stay, for the judge to refuse.
     */
    private static List<Sample> joined(List<Queried> rows, Rule rule) {
        Map<List<Object>, Map<Map<String, String>, Sample>> instances = new LinkedHashMap<>();
        List<Sample> samples = new ArrayList<>();
        for (Queried row : rows) {
            Sample sample = row.sample();
            if (!sample.window().equals(Windows.holding(sample.window(), rule.window()))) {
                throw new CannotException("a row's window_start is " + sample.window() + ", where no window of "
                        + text(rule.window()) + " begins (another window, or group by such windows)");
            }
            if (instances
                            .computeIfAbsent(List.of(sample.labels(), sample.window()), i -> new LinkedHashMap<>())
                            .put(row.labels(), sample)
                    != null) {
                samples.add(sample);
            }
        }
        instances.values().forEach(same -> samples.add(mostActive(same.values(), rule)));
        return samples;
    }

    /** One whose condition holds, else one that would hold up an alert that fires. */
    private static Sample mostActive(Collection<Sample> same, Rule rule) {
        return same.stream()
                .filter(sample -> rule.condition().holds(sample.value()))
                .findFirst()
                .or(() -> same.stream()
                        .filter(sample -> rule.resolveWhen()
                                .filter(resolve -> !resolve.holds(sample.value()))
                                .isPresent())
                        .findFirst())
                .orElseGet(() -> same.iterator().next());
    }

    private static String text(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static CannotException cannot(Rule rule, Exception e) {
        return new CannotException("Cannot evaluate rule " + rule.id() + ": " + why(e), e);
    }

    /** For a view that there is not: which there are. */
    private static String known(DeclaredRelations views, Exception e) {
        return String.valueOf(e.getMessage()).startsWith("[TABLE_OR_VIEW_NOT_FOUND")
                ? views.names().stream().collect(Collectors.joining(", ", " (there are ", ")"))
                : "";
    }

    /** One line of what Spark says, or of our own exception beneath it: without error class, plan and stack. */
    private static String why(Throwable e) {
        Throwable deepest = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            deepest = cause.getMessage() == null ? deepest : cause;
            if (cause instanceof CannotException) {
                break;
            }
        }
        String message = String.valueOf(deepest.getMessage()).strip();
        if (deepest instanceof CannotException) {
            return message.replaceAll("\\s*\\n\\s*", "; ");
        }
        String line = message.lines().findFirst().orElse("");
        return line.strip()
                .replaceFirst("^\\[[A-Z0-9_.]+\\] ", "")
                .replaceFirst("\\.? Did you mean one of the following\\?", " among")
                .replaceFirst("\\.? Verify the spelling.*$", "")
                .replaceFirst("\\.? (?:To|If) [^.]*(?:use|set|necessary) .*$", "")
                .replaceFirst("\\.? SQLSTATE: \\w+", "")
                .replaceFirst(";? ?line \\d+,? pos \\d+;?$", "")
                .replaceFirst("[.;]+$", "");
    }
}
