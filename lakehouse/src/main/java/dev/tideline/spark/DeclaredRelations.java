package dev.tideline.spark;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.RelationCache;
import org.apache.spark.sql.catalyst.catalog.CatalogStorageFormat;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.CatalogTable$;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.catalog.TemporaryViewRelation;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.DefaultCatalogManager;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.SQLConf$;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Relations of which only the columns are known: queries over them are analysed without a session, and not run. */
public final class DeclaredRelations {
    private final SQLConf conf = new SQLConf();
    private final Map<String, StructType> columns;
    private final Analyzer analyzer;

    /**
     * Relations by name.
     *
     * @param settings those of Spark that decide what a query means
     */
    public DeclaredRelations(Map<String, StructType> columns, Map<String, String> settings) {
        this.columns = new TreeMap<>(columns);
        settings.forEach(conf::setConfString);
        SessionCatalog catalog = new SessionCatalog(
                new InMemoryCatalog(new SparkConf(false), new Configuration(false)), functions(), conf);
        columns.forEach((name, schema) -> catalog.createTempView(name, relation(name, schema), true));
        this.analyzer = new Analyzer(
                new DefaultCatalogManager(new EmptyCatalog(), catalog), RelationCache.empty(), Option.apply(conf));
    }

    /** Spark's functions and ours. */
    private static FunctionRegistry functions() {
        SparkSessionExtensions ours = new SparkSessionExtensions();
        DistinctEstimate.inject(ours);
        return ours.registerFunctions(FunctionRegistry.builtin().clone());
    }

    /** Their names. */
    public Collection<String> names() {
        return columns.keySet();
    }

    /**
     * What a query means over them.
     *
     * @param query makes its plan: what its text means depends on the settings too
     * @throws RuntimeException Spark's undeclared AnalysisException, when it means nothing
     */
    public LogicalPlan analyze(Supplier<LogicalPlan> query) {
        return SQLConf$.MODULE$.withExistingConf(
                conf, () -> analyzer.executeAndCheck(query.get(), new QueryPlanningTracker(Option.empty())));
    }

    /** As a session keeps a view over rows that it has at hand. */
    private static TemporaryViewRelation relation(String name, StructType schema) {
        CatalogTable$ unset = CatalogTable$.MODULE$;
        CatalogTable view = new CatalogTable(
                new TableIdentifier(name),
                CatalogTableType.VIEW(),
                CatalogStorageFormat.empty(),
                schema,
                Option.empty(),
                unset.apply$default$6(),
                Option.empty(),
                "",
                unset.apply$default$9(),
                unset.apply$default$10(),
                "",
                Map$.MODULE$.from(
                        CollectionConverters.asScala(Map.of(CatalogTable.VIEW_STORING_ANALYZED_PLAN(), "true"))),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                unset.apply$default$17(),
                unset.apply$default$18(),
                unset.apply$default$19(),
                unset.apply$default$20(),
                Option.empty(),
                Option.empty());
        List<StructField> fields = List.of(schema.fields());
        Seq<StructField> others =
                CollectionConverters.asScala(fields.subList(1, fields.size())).toSeq();
        return new TemporaryViewRelation(view, Option.apply(LocalRelation$.MODULE$.apply(fields.get(0), others)));
    }
}
