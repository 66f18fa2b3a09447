package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serving.Access;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/**
 * Spark's Thrift server, which Hive's JDBC driver, beeline, PyHive and BI tools speak to. It comes with a Spark distribution and
 * nowhere else, so it is found by its name.
 */
public final class JdbcServer implements AutoCloseable {
    private static final String NAME = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2";

    private static final String CONNECTION = "org.apache.hive.service.auth.TSetIpAddressProcessor";

    private final Object server;
    /** Java's properties as they were before, empty for those that were not set. */
    private final Map<String, Optional<String>> before;

    private JdbcServer(Object server, Map<String, Optional<String>> before) {
        this.server = server;
        this.before = before;
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
     * Starts it; the Hadoop settings {@code hive.server2.*} of the clients' Spark say where and for whom.
     *
     * @param users what each user may see, by the name that is written at a login; empty where everyone sees everything
     * @throws CannotException when it cannot start
     */
    public static JdbcServer start(ClientSessions clients, Optional<Map<String, Access>> users) {
        SparkSession spark = clients.openedBy(() -> users.isPresent() ? access(users.get()) : Access.WHOLE);
        Map<String, Optional<String>> before = new TreeMap<>();
        properties(spark).forEach((key, value) -> before.put(key, Optional.ofNullable(System.setProperty(key, value))));
        GuardedProperties.install();
        try {
            Class<?> type = Class.forName(NAME, true, Thread.currentThread().getContextClassLoader());
            Object server = type.getMethod("startWithSparkSession", SparkSession.class, boolean.class)
                    .invoke(null, spark, false);
            return new JdbcServer(server, before);
        } catch (InvocationTargetException e) {
            restore(before);
            throw new CannotException("Cannot start the JDBC server: " + Causes.line(e), e);
        } catch (ReflectiveOperationException e) {
            restore(before);
            throw new CannotException(
                    "Cannot start the JDBC server: " + NAME + " is not that of Spark 4.2 (" + e + ")", e);
        }
    }

    /** Hive has the name of whom it let in, by whatever it asked, while the thread of a connection opens a session for it. */
    private static Access access(Map<String, Access> users) {
        try {
            Object name = Class.forName(CONNECTION, true, Thread.currentThread().getContextClassLoader())
                    .getMethod("getUserName")
                    .invoke(null);
            if (name != null && users.containsKey(name.toString())) {
                return users.get(name.toString());
            }
        } catch (ReflectiveOperationException e) {
            throw new CannotException(
                    "Cannot open a session: " + CONNECTION + " is not that of Spark 4.2 (" + e + ")", e);
        }
        throw new CannotException("Cannot open a session: the user is not in the file of --access");
    }

    /**
     * Java's properties while the server runs: Hive makes the configuration that it checks a login with anew each time, from
     * hive-site.xml and from these, and knows no other way.
     */
    private static Map<String, String> properties(SparkSession spark) {
        Map<String, String> properties = new TreeMap<>();
        // Hive keeps a small database that we need not; its log would lie in whatever folder we were started in.
        properties.put(
                "derby.stream.error.file",
                Path.of(System.getProperty("java.io.tmpdir"), "tideline-derby.log")
                        .toString());
        // A client's own variables and settings of Hive are no way to the server's environment, or to another
        // metastore.
        properties.put("hive.variable.substitute", "false");
        properties.put(
                "hive.conf.restricted.list",
                "hive.variable.substitute,hive.conf.restricted.list,hive.metastore.uris,hive.exec.pre.hooks,hive.exec.post.hooks");
        for (Map.Entry<String, String> setting : spark.sparkContext().hadoopConfiguration()) {
            if (setting.getKey().startsWith("hive.server2.")) {
                properties.put(setting.getKey(), setting.getValue());
            }
        }
        return properties;
    }

    private static void restore(Map<String, Optional<String>> before) {
        before.forEach((key, value) ->
                value.ifPresentOrElse(old -> System.setProperty(key, old), () -> System.clearProperty(key)));
    }

    @Override
    public void close() {
        try {
            server.getClass().getMethod("stop").invoke(server);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        } finally {
            restore(before);
        }
    }
}
