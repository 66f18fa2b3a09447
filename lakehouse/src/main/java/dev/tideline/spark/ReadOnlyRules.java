package dev.tideline.spark;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.analysis.LocalTempView$;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedInlineTable;
import org.apache.spark.sql.catalyst.analysis.UnresolvedTableValuedFunction;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.TimeWindow;
import org.apache.spark.sql.catalyst.expressions.TryReflect;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.QueryPlan;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedDataSource;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.util.IntervalUtils;
import org.apache.spark.sql.delta.files.TahoeFileIndex;
import org.apache.spark.sql.execution.command.CreateViewCommand;
import org.apache.spark.sql.execution.command.ResetCommand;
import org.apache.spark.sql.execution.command.SetCommand;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.unsafe.types.CalendarInterval;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * What the sessions of people who only read may do. All of it is a list of what is allowed: statements, operators of a query,
 * settings. A setting is looked at before a statement is parsed and again when it is analysed, since a client can set it by its
 * connection, where no statement passes by.
 */
public final class ReadOnlyRules {
    /** Statements that show something, or concern the session alone. */
    private static final Pattern STATEMENTS = Pattern.compile("(Show|Describe)(?!Delta|Procedure).*|ExplainCommand"
            + "|SetCommand|ResetCommand|SetCatalogAndNamespace|SetCatalogCommand|SetNamespaceCommand"
            + "|SetVariable|CreateVariable|DropVariable|DropTempViewCommand|NoopCommand");

    /**
     * Operators that compute rows from rows, by Spark alone: none runs a client's code, or a program, or reads what it names. And
     * what statements name: views, functions, databases, and never a table.
     */
    private static final Set<String> OPERATORS = Set.of(
            "Aggregate",
            "AsOfJoin",
            "CTERelationDef",
            "CTERelationRef",
            "CollectMetrics",
            "CommandResult",
            "Deduplicate",
            "DeserializeToObject",
            "Distinct",
            "DomainJoin",
            "EmptyRelation",
            "Except",
            "Expand",
            "Filter",
            "Generate",
            "GlobalLimit",
            "Intersect",
            "Join",
            "KeepAnalyzedQuery",
            "LateralJoin",
            "LimitAll",
            "LocalLimit",
            "LocalRelation",
            "LogicalRDD",
            "LogicalRelation",
            "NearestByJoin",
            "Offset",
            "OneRowRelation",
            "Pivot",
            "Project",
            "Range",
            "RebalancePartitions",
            "Repartition",
            "RepartitionByExpression",
            "ResolvedHint",
            "ResolvedIdentifier",
            "ResolvedNamespace",
            "ResolvedNonPersistentFunc",
            "ResolvedPersistentFunc",
            "ResolvedPersistentView",
            "ResolvedTempView",
            "ReturnAnswer",
            "Sample",
            "Sort",
            "Subquery",
            "SubqueryAlias",
            "Tail",
            "Transpose",
            "Union",
            "UnionLoop",
            "UnionLoopRef",
            "Unpivot",
            "UnresolvedHint",
            "View",
            "Window",
            "WindowGroupLimit",
            "WithCTE",
            "WithWindowDefinition");

    /** Delta's own statements, which name tables by their path. */
    private static final Pattern DELTAS = Pattern.compile("(io\\.delta|org\\.apache\\.spark\\.sql\\.delta)\\..*");

    private static final Set<String> TABLE_FUNCTIONS = Set.of(
            "tideline",
            "range",
            "explode",
            "explode_outer",
            "posexplode",
            "posexplode_outer",
            "inline",
            "inline_outer",
            "stack",
            "json_tuple",
            "variant_explode",
            "variant_explode_outer",
            "sql_keywords",
            "collations");

    /** Run code, or open an address that stands in a value or an option: a schema, an external entity. */
    private static final Pattern REFUSED_FUNCTIONS =
            Pattern.compile("reflect|java_method|try_reflect|xpath.*|.*_xml|from_avro|to_avro|.*_protobuf|.*_udf");

    /** Functions of constants that are no larger than what stands in the text. */
    private static final Pattern CONSTANTS = Pattern.compile(
            "array|map|struct|named_struct|date|timestamp|timestamp_ntz|to_date|to_timestamp|now|current_date"
                    + "|current_timestamp|string|int|bigint|double|decimal|cast|concat|abs");

    private static final int MOST_PARTITIONS = 10_000;
    private static final long MOST_WINDOWS = 1000;

    /** What reads the log and the files of a table. */
    private static final Pattern TABLES = Pattern.compile(
            "org\\.apache\\.spark\\.sql\\.delta\\.(Snapshot|DeltaLog)\\b.*|dev\\.tideline\\.table\\..*");

    /** Takes a setting back; nothing in it is substituted. */
    private static final Pattern RESET = Pattern.compile("\\s*RESET(\\s+[\\w.]+)?\\s*;?\\s*", Pattern.CASE_INSENSITIVE);

    private final Consumer<String> refuse;
    private final Predicate<String> mayBeSet;
    private final String root;
    private volatile Map<String, String> settings;

    /**
     * Rules for the sessions on one lake.
     *
     * @param root of the lake
     * @param mayBeSet whether a client may set the setting of this name
     * @param refuse throws, saying that what it is given cannot be done; does not where the server itself asks
     */
    public ReadOnlyRules(String root, Predicate<String> mayBeSet, Consumer<String> refuse) {
        String path = new Path(root).toString();
        this.root = (path.contains(":") ? path : "file:" + path) + "/";
        this.mayBeSet = mayBeSet;
        this.refuse = what -> {
            if (!isOfATable()) {
                refuse.accept(what);
            }
        };
    }

    /**
     * Whether it is a table that asks: its log and its files are read by queries too, in the session of whoever is first to need
     * them. No query of a client is analysed in there.
     */
    private static boolean isOfATable() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(
                        frame -> TABLES.matcher(frame.getClassName()).matches()));
    }

    /** Has every session with these extensions obey. */
    public void inject(SparkSessionExtensions extensions) {
        extensions.injectParser(new Parsers());
        extensions.injectHintResolutionRule(new ForEachSession<>() {
            @Override
            public Rule<LogicalPlan> apply(SparkSession session) {
                return new Unresolved();
            }
        });
        extensions.injectCheckRule(new ForEachSession<>() {
            @Override
            public Function1<LogicalPlan, BoxedUnit> apply(SparkSession session) {
                return new Check(session);
            }
        });
    }

    /** The settings that {@code session} has now stand for all sessions made from it, but for those that clients may set. */
    public void settle(SparkSession session) {
        settings = Map.copyOf(all(session));
    }

    private static Map<String, String> all(SparkSession session) {
        return CollectionConverters.asJava(session.conf().getAll());
    }

    private void requireSettings(SparkSession session) {
        Map<String, String> now = all(session);
        if (settings == null || now.equals(settings)) {
            return;
        }
        Set<String> names = new TreeSet<>(now.keySet());
        names.addAll(settings.keySet());
        for (String name : names) {
            if (!Objects.equals(now.get(name), settings.get(name)) && !mayBeSet.test(name)) {
                refuse.accept("anything while " + name + " is set (RESET " + name + ")");
            }
        }
    }

    private static long partitions(LogicalPlan plan) {
        Object wanted = 0;
        if (plan instanceof Range range) {
            wanted = range.numSlices().getOrElse(() -> 0);
        } else if (plan instanceof Repartition repartition) {
            wanted = repartition.numPartitions();
        } else if (plan instanceof RepartitionByExpression repartition) {
            wanted = repartition.optNumPartitions().getOrElse(() -> 0);
        }
        return ((Number) wanted).longValue();
    }

    /** One look at a plan, at each part once: a function and what replaces it have the same arguments. */
    private final class Look {
        private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

        void require(LogicalPlan plan) {
            if (plan instanceof Command) {
                boolean temporary = plan instanceof CreateViewCommand view && view.viewType() == LocalTempView$.MODULE$;
                if (!temporary && !STATEMENTS.matcher(plan.nodeName()).matches()) {
                    refuse.accept(plan.nodeName());
                }
                plan.expressions().foreach(new Each<Expression>(this::requireExpression));
                if (plan instanceof SetCommand set) {
                    set.kv().foreach(new AbstractFunction1<Tuple2<String, Option<String>>, BoxedUnit>() {
                        @Override
                        public BoxedUnit apply(Tuple2<String, Option<String>> setting) {
                            if (setting._2().isDefined() && !mayBeSet.test(setting._1())) {
                                refuse.accept("SET " + setting._1());
                            }
                            return BoxedUnit.UNIT;
                        }
                    });
                }
                below(plan);
            } else {
                requireQuery(plan);
            }
        }

        private void requireQuery(LogicalPlan plan) {
            if (!seen.add(plan)) {
                return;
            }
            if (!OPERATORS.contains(plan.getClass().getSimpleName().replace("$", ""))) {
                refuse.accept(plan.nodeName());
            }
            if (plan instanceof LogicalRelation relation && !isOfTheLake(relation)) {
                refuse.accept("a query of files by their path");
            }
            if (partitions(plan) > MOST_PARTITIONS) {
                refuse.accept(plan.nodeName() + " into more than " + MOST_PARTITIONS + " partitions");
            }
            plan.expressions().foreach(new Each<Expression>(this::requireExpression));
            if (!plan.nodeName().equals("CommandResult")) {
                below(plan);
            }
        }

        /** Everything that the plan holds: its inputs, what it shows or makes, and the queries in its expressions. */
        private void below(LogicalPlan plan) {
            plan.children().foreach(new Each<LogicalPlan>(this::requireQuery));
            plan.innerChildren().foreach(new Each<QueryPlan<?>>(inner -> {
                if (inner instanceof LogicalPlan query) {
                    requireQuery(query);
                }
            }));
            plan.subqueries().foreach(new Each<LogicalPlan>(this::requireQuery));
        }

        private void requireExpression(Expression expression) {
            if (!seen.add(expression)) {
                return;
            }
            if (expression instanceof UserDefinedExpression
                    || expression instanceof CallMethodViaReflection
                    || expression instanceof TryReflect) {
                refuse.accept("code of a client (" + expression.prettyName() + ")");
            }
            expression.children().foreach(new Each<Expression>(this::requireExpression));
            if (expression instanceof RuntimeReplaceable replaced) {
                requireExpression(replaced.replacement());
            }
        }
    }

    private boolean isOfTheLake(LogicalRelation relation) {
        return relation.relation() instanceof HadoopFsRelation files
                && files.location() instanceof TahoeFileIndex index
                && (index.path() + "/").startsWith(root);
    }

    private final class Check extends AbstractFunction1<LogicalPlan, BoxedUnit> {
        private final SparkSession session;

        Check(SparkSession session) {
            this.session = session;
        }

        @Override
        public BoxedUnit apply(LogicalPlan plan) {
            if (!(plan instanceof ResetCommand)) {
                requireSettings(session);
            }
            new Look().require(plan);
            Growth.problem(plan).ifPresent(refuse);
            return BoxedUnit.UNIT;
        }
    }

    /**
     * Before a source is even asked for its columns, which may be on another machine, and before an argument is evaluated that must
     * be known to analyse a function.
     */
    private final class Unresolved extends Rule<LogicalPlan> {
        @Override
        public LogicalPlan apply(LogicalPlan plan) {
            plan.foreachWithSubqueries(new Each<LogicalPlan>(this::require));
            return plan;
        }

        private void require(LogicalPlan node) {
            if (node instanceof UnresolvedDataSource) {
                refuse.accept("a query of what it names itself (spark.read)");
            }
            if (DELTAS.matcher(node.getClass().getName()).matches()) {
                refuse.accept(node.nodeName());
            }
            if (node instanceof UnresolvedTableValuedFunction function
                    && !TABLE_FUNCTIONS.contains(function.name().last().toLowerCase(Locale.ROOT))) {
                refuse.accept("the table function " + function.name().last());
            }
            if (node instanceof UnresolvedInlineTable) {
                node.expressions().foreach(new Each<Expression>(this::requireConstant));
            }
            node.expressions().foreach(new Each<Expression>(this::require));
        }

        /** What stands in VALUES is computed while it is analysed. */
        private void requireConstant(Expression expression) {
            if (expression instanceof UnresolvedFunction function
                    && !CONSTANTS
                            .matcher(function.nameParts().last().toLowerCase(Locale.ROOT))
                            .matches()) {
                refuse.accept("the function " + function.nameParts().last() + " in VALUES");
            }
            expression.children().foreach(new Each<Expression>(this::requireConstant));
        }

        /** Spark makes as many copies of a row as windows overlap, while it analyses. */
        private void requireFewWindows(UnresolvedFunction function) {
            List<Expression> arguments = CollectionConverters.asJava(function.arguments());
            if (arguments.size() < 3) {
                return;
            }
            try {
                long length = micros(arguments.get(1));
                long slide = micros(arguments.get(2));
                if (slide > 0 && length / slide < MOST_WINDOWS) {
                    return;
                }
            } catch (RuntimeException e) {
                // no interval in the text
            }
            refuse.accept("window() by a slide that does not stand in the text, or is shorter than a " + MOST_WINDOWS
                    + "th of its length");
        }

        private long micros(Expression interval) {
            CalendarInterval length = IntervalUtils.stringToInterval(
                    UTF8String.fromString(((Literal) interval).value().toString()));
            return length.months * 28L * 86_400_000_000L + length.days * 86_400_000_000L + length.microseconds;
        }

        private void require(Expression expression) {
            if (expression instanceof UnresolvedFunction function
                    && function.nameParts().last().equalsIgnoreCase("window")) {
                requireFewWindows(function);
            }
            if (expression instanceof TimeWindow window
                    && window.windowDuration() / Math.max(1, window.slideDuration()) >= MOST_WINDOWS) {
                refuse.accept("window() by a slide that is shorter than a " + MOST_WINDOWS + "th of its length");
            }
            if (expression instanceof UnresolvedFunction function
                    && REFUSED_FUNCTIONS
                            .matcher(function.nameParts().last().toLowerCase(Locale.ROOT))
                            .matches()) {
                refuse.accept("the function " + function.nameParts().last());
            }
            expression.children().foreach(new Each<Expression>(this::require));
        }
    }

    /** Variables are put into a statement by its parser, and an error of the parser shows what they were. */
    private final class Parsers extends AbstractFunction2<SparkSession, ParserInterface, ParserInterface> {
        @Override
        public ParserInterface apply(SparkSession session, ParserInterface parser) {
            return (ParserInterface) Proxy.newProxyInstance(
                    ParserInterface.class.getClassLoader(),
                    new Class<?>[] {ParserInterface.class},
                    (proxy, method, arguments) -> {
                        if (arguments != null
                                && arguments.length > 0
                                && arguments[0] instanceof String text
                                && !RESET.matcher(text).matches()) {
                            requireSettings(session);
                            Statements.problem(text).ifPresent(refuse);
                        }
                        try {
                            return method.invoke(parser, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    private abstract static class ForEachSession<T> extends AbstractFunction1<SparkSession, T> {}

    private static final class Each<T> extends AbstractFunction1<T, BoxedUnit> {
        private final Consumer<T> each;

        Each(Consumer<T> each) {
            this.each = each;
        }

        @Override
        public BoxedUnit apply(T one) {
            each.accept(one);
            return BoxedUnit.UNIT;
        }
    }
}
