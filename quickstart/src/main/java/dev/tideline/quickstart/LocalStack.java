package dev.tideline.quickstart;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Settings;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.feed.Feed;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;

/** An embedded Kafka and S3 in one folder, on ports that a restart keeps, and the configuration by which others reach them. */
public final class LocalStack implements AutoCloseable {
    private static final String BUCKET = "tideline";

    private final Path dir;
    private final EmbeddedKafka kafka;
    private final EmbeddedS3 s3;

    private final String bucket;

    private LocalStack(Path dir, EmbeddedKafka kafka, EmbeddedS3 s3, String bucket) {
        this.dir = dir;
        this.kafka = kafka;
        this.s3 = s3;
        this.bucket = bucket;
    }

    /**
     * Starts Kafka and S3 in {@code dir}.
     *
     * @param kafkaPort 0 for the one of last time, or any
     * @param s3Port 0 for the one of last time, or any
     * @throws CannotException when the folder or a port is in use
     */
    static LocalStack start(Path dir, int kafkaPort, int s3Port) {
        return start(dir, kafkaPort, s3Port, s3 -> {
            s3.createBucket(BUCKET);
            return BUCKET;
        });
    }

    /**
     * Starts Kafka and S3 in {@code dir}, on free ports and with a bucket that no other stack has, so that one process can
     * use several.
     */
    public static LocalStack withOwnBucket(Path dir) {
        return start(dir, 0, 0, s3 -> s3.newBucket(BUCKET));
    }

    private static LocalStack start(Path dir, int kafkaPort, int s3Port, Function<EmbeddedS3, String> createBucket) {
        Properties ports = ports(dir);
        EmbeddedKafka kafka = null;
        try {
            Files.createDirectories(dir);
            int port = port(kafkaPort, ports.getProperty("kafka"));
            kafka = port == 0 ? EmbeddedKafka.start(dir) : EmbeddedKafka.start(dir, port);
            EmbeddedS3 s3 = EmbeddedS3.start(dir.resolve("s3"), port(s3Port, ports.getProperty("s3")));
            LocalStack stack = new LocalStack(dir, kafka, s3, createBucket.apply(s3));
            stack.keepPorts();
            return stack;
        } catch (IllegalStateException | IOException e) {
            if (kafka != null) {
                kafka.close();
            }
            throw new CannotException(
                    e instanceof IOException ? "Cannot write to " + dir + ": " + Causes.line(e) : e.getMessage(), e);
        }
    }

    private static int port(int wanted, String before) {
        return wanted != 0 || before == null ? wanted : Integer.parseInt(before);
    }

    private static Properties ports(Path dir) {
        Properties ports = new Properties();
        Path file = dir.resolve("ports");
        if (Files.exists(file)) {
            try (var in = Files.newInputStream(file)) {
                ports.load(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return ports;
    }

    private void keepPorts() throws IOException {
        String kafkaPort = kafka.bootstrapServers().replaceFirst(".*:", "");
        int s3Port = URI.create(s3.endpoint()).getPort();
        Files.writeString(dir.resolve("ports"), "kafka=" + kafkaPort + "\ns3=" + s3Port + "\n");
    }

    public EmbeddedKafka kafka() {
        return kafka;
    }

    EmbeddedS3 s3() {
        return s3;
    }

    /** Creates the topics of {@code feeds} that do not exist. */
    public void createTopics(Feeds feeds) {
        for (Feed feed : feeds.all()) {
            kafka.createTopic(feed.topic(), feed.topic().equals("ad-clicks") ? 4 : 2);
        }
    }

    /** How to reach this stack, put over {@code settings}. */
    Settings addTo(Settings settings) {
        configuration().forEach((key, value) -> settings.with(key, value, "dev"));
        return settings;
    }

    private Map<String, String> configuration() {
        Map<String, String> keys = new TreeMap<>();
        keys.put("lake", "s3a://" + bucket + "/lake");
        keys.put("kafka.bootstrap.servers", kafka.bootstrapServers());
        s3.hadoopSettings().forEach((key, value) -> keys.put("spark.hadoop." + key, value));
        return keys;
    }

    /**
     * Writes {@code tideline.yaml} for all other commands, readable by its owner only: it holds the keys of this folder's S3.
     *
     * @param more keys beside those of the stack
     */
    public Path write(Map<String, String> more) {
        Map<String, String> keys = new TreeMap<>(configuration());
        keys.putAll(more);
        Path file = dir.resolve("tideline.yaml");
        try {
            Path draft = dir.resolve("tideline.yaml.draft");
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(
                    draft,
                    "# Written by tideline at each start. Holds the keys of the S3 in this folder, which listens on this machine only.\n"
                            + new YAMLMapper().writeValueAsString(keys).replaceFirst("^---\n", ""));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    @Override
    public void close() {
        try {
            kafka.close();
        } finally {
            s3.close();
        }
    }
}
