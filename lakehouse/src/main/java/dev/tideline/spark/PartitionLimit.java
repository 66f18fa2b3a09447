package dev.tideline.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.DataTypes;

/** Keeps a driver from collecting a partition of any size. */
public final class PartitionLimit {
    private PartitionLimit() {}

    /** The first {@code most} rows of each partition, in their order: no shuffle, which {@code limit} has. */
    public static Dataset<Row> of(Dataset<Row> rows, int most) {
        org.apache.spark.sql.classic.Dataset<Row> all = (org.apache.spark.sql.classic.Dataset<Row>) rows;
        return org.apache.spark.sql.classic.Dataset.ofRows(
                (SparkSession) rows.sparkSession(),
                new LocalLimit(
                        new Literal(most, DataTypes.IntegerType),
                        all.queryExecution().analyzed()));
    }
}
