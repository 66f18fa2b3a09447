package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Spark's Thrift server, which Hive's JDBC driver, beeline, PyHive and BI tools speak to. It comes with a Spark distribution and
 * nowhere else, so it is found by its name.
 */
public final class JdbcServer implements AutoCloseable {
    private static final String NAME = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2";

    private final Object server;

    private JdbcServer(Object server) {
        this.server = server;
    }

    /** Whether this process has a Spark distribution on its classpath. */
    public static boolean isThere() {
        try {
            Class.forName(NAME, false, Thread.currentThread().getContextClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Starts it on the session, whose Hadoop settings {@code hive.server2.*} say where and for whom.
     *
     * @throws CannotException when it cannot start
     */
    public static JdbcServer start(SparkSession spark) {
        tellHive(spark);
        try {
            Class<?> type = Class.forName(NAME, true, Thread.currentThread().getContextClassLoader());
            Object server = type.getMethod("startWithSparkSession", SparkSession.class, boolean.class)
                    .invoke(null, spark, false);
            return new JdbcServer(server);
        } catch (InvocationTargetException e) {
            throw new CannotException("Cannot start the JDBC server: " + Causes.line(e), e);
        } catch (ReflectiveOperationException e) {
            throw new CannotException(
                    "Cannot start the JDBC server: " + NAME + " is not that of Spark 4.2 (" + e + ")", e);
        }
    }

    /** Who may come in is asked of a configuration that Hive makes anew, from hive-site.xml and from what Java was told. */
    private static void tellHive(SparkSession spark) {
        // Hive keeps a small database that we need not; its log would lie in whatever folder we were started in.
        System.setProperty(
                "derby.stream.error.file",
                Path.of(System.getProperty("java.io.tmpdir"), "tideline-derby.log")
                        .toString());
        for (Map.Entry<String, String> setting : spark.sparkContext().hadoopConfiguration()) {
            if (setting.getKey().startsWith("hive.server2.")) {
                System.setProperty(setting.getKey(), setting.getValue());
            }
        }
    }

    @Override
    public void close() {
        try {
            server.getClass().getMethod("stop").invoke(server);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
