package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.lang.reflect.InvocationTargetException;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Function0;
import scala.Option;
import scala.runtime.AbstractFunction0;

/**
 * Spark's Connect server, which PySpark's remote sessions speak to; found by its name, as the JDBC server is. It is started by
 * hand and not as a plugin of the Spark context, so that its clients get sessions like the given one.
 */
public final class ConnectServer implements AutoCloseable {
    /** What the Spark context must name under {@code spark.connect.grpc.interceptor.classes}: not a class of ours without Spark's. */
    public static final String INTERCEPTOR = "dev.tideline.serve.ConnectInterceptor";

    private static final String NAME = "org.apache.spark.sql.connect.service.SparkConnectService$";

    private final Object service;

    private ConnectServer(Object service) {
        this.service = service;
    }

    /**
     * Starts it; the Spark context's settings {@code spark.connect.*} say where.
     *
     * @param tokens what a client must bring as {@code Authorization: Bearer …}, and what it may see then
     * @throws CannotException when it cannot start
     */
    public static ConnectServer start(ClientSessions clients, Tokens tokens) {
        ConnectInterceptor.admit(tokens);
        SparkSession spark = clients.openedBy(ConnectInterceptor::access);
        try {
            Class<?> type = Class.forName(NAME, true, Thread.currentThread().getContextClassLoader());
            Object service = type.getField("MODULE$").get(null);
            Object sessions = type.getMethod("sessionManager").invoke(service);
            // The first base that it is given stands: start would give it the context's default session.
            sessions.getClass()
                    .getMethod("initializeBaseSession", Function0.class)
                    .invoke(sessions, new AbstractFunction0<SparkSession>() {
                        @Override
                        public SparkSession apply() {
                            return spark;
                        }
                    });
            type.getMethod("start", SparkContext.class).invoke(service, spark.sparkContext());
            return new ConnectServer(service);
        } catch (InvocationTargetException e) {
            throw new CannotException("Cannot start Spark Connect: " + Causes.line(e), e);
        } catch (ReflectiveOperationException e) {
            throw new CannotException(
                    "Cannot start Spark Connect: " + NAME + " is not that of Spark 4.2 (" + e + ")", e);
        }
    }

    @Override
    public void close() {
        try {
            service.getClass().getMethod("stop", Option.class, Option.class).invoke(service, none(), none());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Option<Object> none() {
        return Option.empty();
    }
}
