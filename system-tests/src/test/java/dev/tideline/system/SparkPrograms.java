package dev.tideline.system;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Programs of the Spark distribution that {@code -Dtideline.spark.home} names; {@code bin/test} sets it up. */
final class SparkPrograms {
    private static final String HOME = System.getProperty("tideline.spark.home", "");

    private SparkPrograms() {}

    static void assumeThere() {
        assumeThat(HOME)
                .as("-Dtideline.spark.home names no Spark distribution: bin/test sets one up")
                .isNotEmpty();
    }

    /** The folder of its jars. */
    static Path jars() {
        return Path.of(HOME, "jars");
    }

    /**
     * Starts a program of the distribution's {@code bin}, on the loopback address only, configured by the folder {@code conf} of
     * {@code dir} and nothing else.
     *
     * @param environment more variables
     */
    static OwnProcess start(String name, Path dir, String program, List<String> args, Map<String, String> environment) {
        List<String> command =
                new ArrayList<>(List.of(Path.of(HOME, "bin", program).toString()));
        command.addAll(args);
        Map<String, String> all = new HashMap<>(Map.of(
                "PYSPARK_PYTHON",
                "python3",
                "SPARK_HOME",
                HOME,
                "SPARK_CONF_DIR",
                dir.resolve("conf").toString(),
                "JAVA_HOME",
                System.getProperty("java.home"),
                "SPARK_LOCAL_IP",
                "127.0.0.1",
                "SPARK_LOCAL_DIRS",
                dir.resolve("local").toString(),
                "SPARK_WORKER_DIR",
                dir.resolve("work").toString(),
                "SPARK_DAEMON_MEMORY",
                "300m",
                "TMPDIR",
                dir.toString()));
        all.putAll(environment);
        return OwnProcess.start(name, dir, command, all);
    }
}
