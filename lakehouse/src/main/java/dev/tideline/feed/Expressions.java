package dev.tideline.feed;

import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** SQL expressions over a row's columns, checked without a session: what type they have, or what is wrong with them. */
final class Expressions {
    private final StructType schema;

    Expressions(StructType schema) {
        this.schema = schema;
    }

    /**
     * @throws IllegalArgumentException saying what is wrong with the expression
     */
    DataType typeOf(String expression) {
        try {
            Expression parsed = CatalystSqlParser$.MODULE$.parseExpression(expression);
            NamedExpression named = new Alias(
                    parsed,
                    "value",
                    NamedExpression$.MODULE$.newExprId(),
                    CollectionConverters.asScala(List.<String>of()).toSeq(),
                    Option.empty(),
                    CollectionConverters.asScala(List.<String>of()).toSeq());
            LogicalPlan plan = new Project(
                    CollectionConverters.asScala(List.of(named)).toSeq(), row());
            Analyzer analyzer =
                    new Analyzer(new SessionCatalog(new InMemoryCatalog(new org.apache.spark.SparkConf(), new org.apache.hadoop.conf.Configuration()), FunctionRegistry.builtin()));
            LogicalPlan analyzed = analyzer.executeAndCheck(plan, new QueryPlanningTracker(Option.empty()));
            Expression resolved = analyzed.expressions().head();
            if (!resolved.deterministic() || resolved.containsPattern(TreePattern.CURRENT_LIKE())) {
                throw new IllegalArgumentException("gives another answer each time (use the event's own fields): " + expression);
            }
            if (resolved.exists(e -> e instanceof AggregateExpression)) {
                throw new IllegalArgumentException("is an aggregate, where one event's fields are wanted: " + expression);
            }
            return analyzed.schema().fields()[0].dataType();
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof AnalysisException) {
                throw new IllegalArgumentException(firstLine(e) + ": " + expression, e);
            }
            throw new IllegalStateException("checking " + expression, e);
        }
    }

    private LogicalPlan row() {
        return LocalRelation$.MODULE$.apply(
                schema.fields()[0],
                CollectionConverters.asScala(List.of(schema.fields()).subList(1, schema.size())).toSeq());
    }

    /** Spark's message without its error class, suggestion and position. */
    private static String firstLine(Exception e) {
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.replaceFirst("^\\[[A-Z0-9_.]+\\] ", "").replaceFirst(" SQLSTATE: \\w+.*$", "");
    }
}
