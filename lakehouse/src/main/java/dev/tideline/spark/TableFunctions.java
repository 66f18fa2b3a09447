package dev.tideline.spark;

import dev.tideline.protocol.CannotException;
import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.AnalysisContext;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/** Table functions of one text argument, whose rows are resolved anew while a query that names them is analysed. */
public final class TableFunctions {
    private TableFunctions() {}

    /** What a function gives: called by the thread that analyses, which may hold Spark's catalog; the supplier never does. */
    public interface Source {
        Supplier<Dataset<Row>> rows(String argument);
    }

    /** Makes the function known to one session, in the place of one of the same name. */
    public static void register(org.apache.spark.sql.SparkSession spark, String name, Source source) {
        ((SparkSession) spark)
                .sessionState()
                .tableFunctionRegistry()
                .createOrReplaceTempFunction(name, new Builder(name, source), "java_udf");
    }

    /**
     * Makes the function known to every session with these extensions.
     *
     * @param sources called once for each session, and again where memory ran short
     */
    public static void inject(
            SparkSessionExtensions extensions,
            String name,
            Function<org.apache.spark.sql.SparkSession, Source> sources) {
        extensions.injectTableFunction(new Tuple3<>(
                new FunctionIdentifier(name),
                new ExpressionInfo(TableFunctions.class.getName(), name),
                new ForEachSession(name, sources)));
    }

    /** What stands for the query that this thread analyses: nested views share it, and no two queries do. */
    public static Object query() {
        return AnalysisContext.get().relationCache();
    }

    /** One source for each session that asks: it reads by that session, so another session must not use it. */
    private static final class ForEachSession extends AbstractFunction1<Seq<Expression>, LogicalPlan> {
        private final String name;
        private final Function<org.apache.spark.sql.SparkSession, Source> sources;
        /** A source holds its session, so a strong reference here would keep every session for ever. */
        private final Map<SparkSession, SoftReference<Builder>> bySession = new WeakHashMap<>();

        ForEachSession(String name, Function<org.apache.spark.sql.SparkSession, Source> sources) {
            this.name = name;
            this.sources = sources;
        }

        @Override
        public LogicalPlan apply(Seq<Expression> arguments) {
            return of(SparkSession.active()).apply(arguments);
        }

        private synchronized Builder of(SparkSession session) {
            SoftReference<Builder> known = bySession.get(session);
            Builder builder = known == null ? null : known.get();
            if (builder == null) {
                builder = new Builder(name, sources.apply(session));
                bySession.put(session, new SoftReference<>(builder));
            }
            return builder;
        }
    }

    private static final class Builder extends AbstractFunction1<Seq<Expression>, LogicalPlan> {
        private final String name;
        private final Source source;

        Builder(String name, Source source) {
            this.name = name;
            this.source = source;
        }

        @Override
        public LogicalPlan apply(Seq<Expression> arguments) {
            Object argument = arguments.size() == 1 && arguments.head().foldable()
                    ? arguments.head().eval(null)
                    : null;
            if (!(argument instanceof UTF8String)) {
                throw new CannotException(
                        "Cannot call " + name + ": it takes the name of one view ('clicks_by_ad_1m')");
            }
            Supplier<Dataset<Row>> rows = source.rows(argument.toString());
            SparkSession spark = SparkSession.active();
            return WithoutCatalogLock.call(spark.sessionState().catalog(), () -> {
                SparkSession.setActiveSession(spark);
                return ((org.apache.spark.sql.classic.Dataset<Row>) rows.get())
                        .queryExecution()
                        .analyzed();
            });
        }
    }
}
