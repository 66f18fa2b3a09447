package dev.tideline.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Features;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single-node Kafka broker (KRaft) in this process, on the loopback address only. Its data lives in a folder and
 * survives a restart with the same folder, on the same port or another. Topics are created by {@link #createTopic},
 * never by being used, and records are kept for ever: a replay of days long past must not expire while it is read.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);
    private static final String HOST = "127.0.0.1";
    private static final int NODE = 1;
    private static final String FOR_EVER = Long.toString(Long.MAX_VALUE);

    private final KafkaRaftServer server;
    private final String bootstrapServers;

    private EmbeddedKafka(KafkaRaftServer server, String bootstrapServers) {
        this.server = server;
        this.bootstrapServers = bootstrapServers;
    }

    /** Starts a broker on a free port with its data under {@code dir}. */
    public static EmbeddedKafka start(Path dir) {
        return start(dir, freePort());
    }

    /**
     * Starts a broker on {@code port} with its data under {@code dir}; returns once it takes requests.
     *
     * @throws IllegalStateException when it cannot start, for example because the port or the folder is in use
     */
    public static EmbeddedKafka start(Path dir, int port) {
        long began = System.nanoTime();
        Path data = dir.toAbsolutePath().resolve("kafka");
        try {
            formatOnce(data);
            KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(settings(data, port)), Time.SYSTEM);
            startOrShutDown(server);
            String address = HOST + ":" + port;
            LOG.info("Kafka listens on {}, data in {}, {} ms", address, data, (System.nanoTime() - began) / 1_000_000);
            return new EmbeddedKafka(server, address);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "Cannot start Kafka: %s (port %d, data in %s; is another broker using either?)"
                            .formatted(e.getMessage(), port, data),
                    e);
        }
    }

    /** What a client calls {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /**
     * Creates a topic with {@code partitions} partitions and returns once they all take records; a topic of that name
     * that exists already is left as it is.
     */
    public void createTopic(String name, int partitions) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            try {
                admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
                        .all()
                        .get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
            awaitTopic(admin, name);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Cannot create topic %s: %s".formatted(name, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Cannot create topic %s: interrupted".formatted(name), e);
        }
    }

    /**
     * Asks each partition's leader for its end, which is tried again until there is one. A broker announces a new topic
     * shortly before it takes records for it. When it refuses an idempotent producer's first batch and takes the second,
     * the first is out of sequence for ever (and the producer tries it for two minutes).
     */
    private static void awaitTopic(Admin admin, String name) throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                askLeaders(admin, name);
                return;
            } catch (ExecutionException e) {
                // Right after its creation a broker may not know the topic yet.
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() > deadline) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    private static void askLeaders(Admin admin, String name) throws ExecutionException, InterruptedException {
        int partitions = admin.describeTopics(List.of(name))
                .allTopicNames()
                .get()
                .get(name)
                .partitions()
                .size();
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            ends.put(new TopicPartition(name, partition), OffsetSpec.latest());
        }
        admin.listOffsets(ends).all().get();
    }

    /** Stops the broker and waits until its files are closed. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void startOrShutDown(KafkaRaftServer server) {
        try {
            server.startup();
        } catch (RuntimeException e) {
            server.shutdown(); // its controller may run already
            throw e;
        }
    }

    /** A folder is formatted once: its cluster id and its topics are what a restart finds again. */
    private static void formatOnce(Path data) throws Exception {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(data);
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setSupportedFeatures(Features.PRODUCTION_FEATURES)
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(NODE)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(data.toString());
        formatter.addDirectory(data.toString()).run();
    }

    private static Properties settings(Path data, int port) {
        int controllerPort = freePort();
        Properties settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE));
        settings.put("listeners", "BROKER://%s:%d,CONTROLLER://%s:%d".formatted(HOST, port, HOST, controllerPort));
        settings.put("advertised.listeners", "BROKER://%s:%d".formatted(HOST, port));
        settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("controller.quorum.voters", "%d@%s:%d".formatted(NODE, HOST, controllerPort));
        settings.put("log.dirs", data.toString());
        settings.put("auto.create.topics.enable", "false");

        // One broker, small internal topics, few threads: it shares a laptop with Spark.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        settings.put("background.threads", "2");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));

        // After a killed process the restarted broker waits until its predecessor's session ends: 9 s by default.
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("broker.heartbeat.interval.ms", "500");

        // Records carry the times of the events they replay: neither retention nor plausibility may look at the clock.
        settings.put("log.retention.ms", "-1");
        settings.put("log.message.timestamp.before.max.ms", FOR_EVER);
        settings.put("log.message.timestamp.after.max.ms", FOR_EVER);
        return settings;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException("Cannot find a free port on " + HOST + ": " + e.getMessage(), e);
        }
    }
}
