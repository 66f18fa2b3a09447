package dev.tideline.spark;

import static org.apache.spark.sql.functions.xxhash64;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.physical.ClusteredDistribution;
import org.apache.spark.sql.catalyst.plans.physical.Distribution;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.catalyst.plans.physical.UnspecifiedDistribution$;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.classic.Dataset$;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.CollapseCodegenStages;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.execution.LogicalRDD;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.QueryExecution$;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Rows that each task aggregates for itself, without an exchange: afterwards a key has one row for each task that met it.
 *
 * <p>Spark must be told that the rows lie as it wants them, which is not so: a {@code distinct}, a window or a second
 * aggregate planned over such rows would be silently wrong. Hence this is no {@link Dataset}. Its plan is closed, and {@link #rows}
 * gives the computed rows, of whose partitions Spark knows nothing.
 */
public final class TaskLocal {
    /** Whether an aggregate that no exchange divides runs in one step ({@link CombineAdjacentAggregates}): true unless set. */
    public static final String COMBINE = "spark.tideline.combineAdjacentAggregates.enabled";

    /** The first key of aggregates by sorting. */
    static final String HASH = "_hash";

    private final Dataset<Row> plan;

    private TaskLocal(Dataset<Row> plan) {
        this.plan = plan;
    }

    static TaskLocal of(Dataset<Row> rows) {
        SparkSession session = (SparkSession) rows.sparkSession();
        LogicalRDD scan = (LogicalRDD) rows.queryExecution().logical();
        return new TaskLocal(Dataset$.MODULE$.ofRows(
                session,
                new LogicalRDD(
                        scan.output(),
                        scan.rdd(),
                        new TaskLocalPartitioning(scan.rdd().getNumPartitions()),
                        scan.outputOrdering(),
                        scan.isStreaming(),
                        scan.stream(),
                        session,
                        Option.empty(),
                        Option.empty())));
    }

    /** The names of its columns. */
    public String[] columns() {
        return plan.columns();
    }

    public TaskLocal where(Column condition) {
        return new TaskLocal(plan.where(condition));
    }

    public TaskLocal select(List<Column> columns) {
        return new TaskLocal(plan.select(columns.toArray(Column[]::new)));
    }

    public TaskLocal withColumn(String name, Column column) {
        return new TaskLocal(plan.withColumn(name, column));
    }

    /** One row for each key and task: the keys, then the aggregates. */
    public TaskLocal aggregate(List<Column> keys, List<Column> aggregates) {
        return new TaskLocal(grouped(keys, aggregates));
    }

    /**
     * The same for aggregates that Spark computes by sorting. It sorts by a hash of the keys alone, as plain numbers; where two
     * keys of a task share a hash, they may leave more than one row each.
     */
    public TaskLocal aggregateBySorting(List<Column> keys, List<Column> aggregates) {
        List<Column> hashed = new ArrayList<>(keys);
        hashed.add(0, xxhash64(keys.toArray(Column[]::new)).as(HASH));
        return new TaskLocal(grouped(hashed, aggregates).drop(HASH));
    }

    private Dataset<Row> grouped(List<Column> keys, List<Column> aggregates) {
        return plan.groupBy(keys.toArray(Column[]::new))
                .agg(aggregates.get(0), aggregates.stream().skip(1).toArray(Column[]::new));
    }

    public StructType schema() {
        return plan.schema();
    }

    /** The rows, computed by a plan of their own whenever they are read. */
    public Dataset<Row> rows() {
        return session().internalCreateDataFrame(execution().toRdd(), plan.schema(), false);
    }

    QueryExecution execution() {
        return new Execution(session(), plan.queryExecution().logical());
    }

    private SparkSession session() {
        return (SparkSession) plan.sparkSession();
    }

    /** What is not so: every aggregate finds its keys together. */
    record TaskLocalPartitioning(int numPartitions) implements Partitioning, Serializable {
        @Override
        public boolean satisfies0(Distribution required) {
            return required instanceof ClusteredDistribution || required instanceof UnspecifiedDistribution$;
        }
    }

    /** Spark's preparation of a plan, without adaptive execution, which has nothing to adapt, and with our rule. */
    private static final class Execution extends QueryExecution {
        Execution(SparkSession session, LogicalPlan plan) {
            super(
                    session,
                    plan,
                    new QueryPlanningTracker(Option.empty()),
                    CommandExecutionMode.ALL(),
                    Option.empty(),
                    true,
                    UUID.randomUUID(),
                    Option.empty());
        }

        @Override
        public Seq<Rule<SparkPlan>> preparations() {
            List<Rule<SparkPlan>> rules = new ArrayList<>(CollectionConverters.asJava(
                    QueryExecution$.MODULE$.preparations(sparkSession(), Option.empty(), false)));
            if (Boolean.parseBoolean(sparkSession().conf().get(COMBINE, "true"))) {
                int last = (int) rules.stream()
                        .takeWhile(rule -> !(rule instanceof CollapseCodegenStages))
                        .count();
                rules.add(last, new CombineAdjacentAggregates());
            }
            return CollectionConverters.asScala(rules).toSeq();
        }
    }
}
