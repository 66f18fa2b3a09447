package dev.tideline.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Sessions of one Spark that share its tables and caches. */
public final class Sessions {
    private Sessions() {}

    /** A session with a copy of the settings and temporary views that {@code spark} has now. */
    public static SparkSession clone(SparkSession spark) {
        return ((org.apache.spark.sql.classic.SparkSession) spark).cloneSession();
    }

    /** Hadoop's configuration with the settings of {@code spark}, which may be others than those of its context. */
    public static Configuration hadoop(SparkSession spark) {
        return ((org.apache.spark.sql.classic.SparkSession) spark)
                .sessionState()
                .newHadoopConf();
    }

    /** The same rows in {@code session}. */
    public static Dataset<Row> in(SparkSession session, Dataset<Row> rows) {
        return org.apache.spark.sql.classic.Dataset.ofRows(
                (org.apache.spark.sql.classic.SparkSession) session,
                ((org.apache.spark.sql.classic.Dataset<Row>) rows).logicalPlan());
    }
}
