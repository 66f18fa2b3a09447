package dev.tideline.app;

import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/** What is done when the process is told to end (SIGINT, SIGTERM), before Spark and the file systems close. */
final class Shutdown {
    /** Spark closes at 50 + 30, file systems at 10. */
    private static final int BEFORE_SPARK = 200;

    private static final int TIMEOUT_SECONDS = 60;

    private Shutdown() {}

    static void first(Runnable task) {
        ShutdownHookManager.get().addShutdownHook(task, BEFORE_SPARK, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** Once everything else has ended. */
    static void last(Runnable task) {
        ShutdownHookManager.get().addShutdownHook(task, 1);
    }
}
