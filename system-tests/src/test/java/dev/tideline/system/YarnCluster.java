package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Hadoop's own ResourceManager and one NodeManager, each a process, on the loopback address: of Hadoop's client for such clusters
 * ({@code hadoop-client-minicluster}) and the Hadoop of the Spark distribution. Neither is on the class path of a test.
 */
final class YarnCluster implements AutoCloseable {
    private static final Path JARS = Path.of("target/yarn").toAbsolutePath();
    private static final Duration MOST = Duration.ofMinutes(2);

    private final Path conf;
    private final String web;
    private final OwnProcess manager;
    private final OwnProcess node;

    private YarnCluster(Path conf, String web, OwnProcess manager, OwnProcess node) {
        this.conf = conf;
        this.web = web;
        this.manager = manager;
        this.node = node;
    }

    /** Starts both in {@code dir}; the node offers 8 GB and 8 cores. */
    static YarnCluster start(Path dir) throws IOException {
        assertThat(JARS).as("the process-test-resources phase makes it").isDirectoryContaining("glob:**.jar");
        Path conf = Files.createDirectories(dir.resolve("yarn-conf"));
        // Pages of these servers, which Hadoop's jar for tests lacks, and without which they do not start.
        Files.createDirectories(conf.resolve("webapps/cluster"));
        Files.createDirectories(conf.resolve("webapps/node"));
        Map<String, String> site = new TreeMap<>(Map.of(
                "yarn.nodemanager.address", "127.0.0.1:0",
                "yarn.nodemanager.localizer.address", "127.0.0.1:0",
                "yarn.nodemanager.webapp.address", "127.0.0.1:0",
                "yarn.nodemanager.local-dirs", dir.resolve("yarn-local").toString(),
                "yarn.nodemanager.log-dirs", dir.resolve("yarn-logs").toString(),
                "yarn.nodemanager.disk-health-checker.enable", "false",
                "yarn.nodemanager.resource.memory-mb", "8192",
                "yarn.nodemanager.resource.cpu-vcores", "8"));
        site.putAll(Map.of(
                "yarn.scheduler.capacity.root.queues", "default",
                "yarn.scheduler.capacity.root.default.capacity", "100",
                "yarn.scheduler.capacity.maximum-am-resource-percent", "1",
                "yarn.scheduler.minimum-allocation-mb", "256"));
        List<String> ports = List.of("", "scheduler.", "resource-tracker.", "admin.", "webapp.");
        ports.forEach(port -> site.put("yarn.resourcemanager." + port + "address", "127.0.0.1:" + free()));
        Files.writeString(
                conf.resolve("yarn-site.xml"),
                site.entrySet().stream()
                        .map(e -> "<property><name>" + e.getKey() + "</name><value>" + e.getValue()
                                + "</value></property>\n")
                        .collect(Collectors.joining("", "<configuration>\n", "</configuration>\n")));
        YarnCluster cluster = new YarnCluster(
                conf,
                "http://" + site.get("yarn.resourcemanager.webapp.address") + "/ws/v1/cluster/",
                server(dir, conf, "resourcemanager.ResourceManager"),
                server(dir, conf, "nodemanager.NodeManager"));
        try {
            await().atMost(MOST)
                    .ignoreExceptions()
                    .until(() -> cluster.ask("nodes").contains("RUNNING"));
        } catch (RuntimeException e) {
            cluster.close();
            throw new IllegalStateException(cluster.manager.words() + cluster.node.words(), e);
        }
        return cluster;
    }

    private static int free() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static OwnProcess server(Path dir, Path conf, String main) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx300m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + dir,
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                String.join(File.pathSeparator, conf.toString(), JARS + "/*", SparkPrograms.jars() + "/*"),
                "org.apache.hadoop.yarn.server." + main));
        return OwnProcess.start(
                main.replaceFirst(".*[.]", ""), dir, command, Map.of("JAVA_HOME", System.getProperty("java.home")));
    }

    /** The folder that {@code HADOOP_CONF_DIR} names to its clients. */
    Path conf() {
        return conf;
    }

    /** What its REST interface says of {@code path}, as JSON. */
    String ask(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(web + path))
                                .header("Accept", "application/json")
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @Override
    public void close() {
        node.close();
        manager.close();
    }
}
