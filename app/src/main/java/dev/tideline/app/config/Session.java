package dev.tideline.app.config;

import dev.tideline.lake.Lake;
import org.apache.spark.sql.SparkSession;

/**
 * A Spark session on the configured lake, from {@link Sessions}.
 *
 * @param end what closing it does to Spark
 */
public record Session(SparkSession spark, Lake lake, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
        end.run();
    }
}
