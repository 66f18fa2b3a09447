package dev.tideline.app.process;

import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;

/** What is done when the process is told to end (SIGINT, SIGTERM), before Spark and the file systems close. */
public final class Shutdown {
    /** Spark closes at 50 + 30, file systems at 10. */
    private static final int BEFORE_SPARK = 200;

    private static final int TIMEOUT_SECONDS = 60;

    private Shutdown() {}

    public static void first(Runnable task) {
        ShutdownHookManager.get().addShutdownHook(task, BEFORE_SPARK, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** What Spark and Kafka say while they are taken down is noise; where we chose what is logged, it is left out. */
    static void quiet() {
        if ("tideline-log4j2.properties".equals(System.getProperty("log4j2.configurationFile"))) {
            Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
        }
    }

    /** Once everything else has ended. */
    public static void last(Runnable task) {
        ShutdownHookManager.get().addShutdownHook(task, 1);
    }
}
