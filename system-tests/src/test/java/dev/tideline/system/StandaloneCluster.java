package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spark's own master and workers, each a process, on loopback addresses only. */
final class StandaloneCluster implements AutoCloseable {
    private static final Duration MOST = Duration.ofMinutes(2);

    private final Path dir;
    private final OwnProcess leader;
    private final List<OwnProcess> workers = new ArrayList<>();
    private final String master;

    private StandaloneCluster(Path dir) {
        this.dir = dir;
        this.leader = server("master", "org.apache.spark.deploy.master.Master", "127.0.0.1", "--port", "0");
        this.master = said("Starting Spark master at (spark://\\S+)");
    }

    /** Starts them in {@code dir}, each worker with {@code cores} and {@code memory}, such as 1g, for executors. */
    static StandaloneCluster start(Path dir, int workers, int cores, String memory) {
        StandaloneCluster cluster = new StandaloneCluster(dir);
        for (int i = 1; i <= workers; i++) {
            cluster.workers.add(cluster.server(
                    "worker",
                    "org.apache.spark.deploy.worker.Worker",
                    "127.0.0." + i, // a speculative task runs on another host only
                    "--cores",
                    Integer.toString(cores),
                    "--memory",
                    memory,
                    cluster.master));
        }
        await().atMost(MOST).until(() -> cluster.leader.words().split("Registering worker", -1).length == workers + 1);
        return cluster;
    }

    private OwnProcess server(String name, String main, String host, String... more) {
        List<String> args = new ArrayList<>(List.of(main, "--host", host, "--webui-port", "0"));
        args.addAll(List.of(more));
        return SparkPrograms.start(name, dir, "spark-class", args, Map.of());
    }

    private String said(String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        await().atMost(MOST).until(() -> wanted.matcher(leader.words()).find());
        Matcher found = wanted.matcher(leader.words());
        assertThat(found.find()).isTrue();
        return found.group(1);
    }

    /** Where applications find it, {@code spark://…}. */
    String master() {
        return master;
    }

    List<OwnProcess> workers() {
        return workers;
    }

    @Override
    public void close() {
        workers.forEach(OwnProcess::close);
        leader.close();
    }
}
