package dev.tideline.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An S3 server in this process, on the loopback address only: objects are files under a folder and survive a restart.
 * A put with {@code If-None-Match: *} is atomic (the store links the finished file to its name, which fails when the
 * name is taken), so of several writers of one key exactly one wins and the others get 412.
 */
public final class EmbeddedS3 implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedS3.class);

    private final S3Proxy server;
    private final BlobStore store;
    private final S3Keys keys;
    private final String endpoint;

    private EmbeddedS3(S3Proxy server, BlobStore store, S3Keys keys) {
        this.server = server;
        this.store = store;
        this.keys = keys;
        this.endpoint = "http://127.0.0.1:" + server.getPort();
    }

    /** Starts a server on a free port with its objects under {@code dir}. */
    public static EmbeddedS3 start(Path dir) {
        return start(dir, 0);
    }

    /**
     * Starts a server on {@code port} with its objects under {@code dir}.
     *
     * @throws IllegalStateException when the port is in use or the folder's file system cannot keep what S3 keeps
     */
    public static EmbeddedS3 start(Path dir, int port) {
        long began = System.nanoTime();
        Path buckets = dir.toAbsolutePath().resolve("buckets");
        try {
            Files.createDirectories(buckets);
            requireAttributes(buckets);
            S3Keys keys = S3Keys.of(dir.toAbsolutePath().resolve("s3-keys"));
            BlobStore store = new FilesystemNio2BlobStore(buckets.toString());
            S3Proxy server = S3Proxy.builder()
                    .blobStore(store)
                    .endpoint(URI.create("http://127.0.0.1:" + port))
                    .awsAuthentication(AuthenticationType.AWS_V4, keys.accessKey(), keys.secretKey())
                    .ignoreUnknownHeaders(true)
                    .jettyMaxThreads(64)
                    .build();
            server.start();
            EmbeddedS3 s3 = new EmbeddedS3(server, store, keys);
            LOG.info(
                    "S3 listens on {}, objects in {}, {} ms",
                    s3.endpoint,
                    buckets,
                    (System.nanoTime() - began) / 1_000_000);
            return s3;
        } catch (Exception e) {
            throw new IllegalStateException(
                    "Cannot start S3: %s (port %d, objects in %s)".formatted(e.getMessage(), port, buckets), e);
        }
    }

    public String endpoint() {
        return endpoint;
    }

    public String accessKey() {
        return keys.accessKey();
    }

    /** The secret of this folder: random, kept in a file that only its owner reads. Not for logs. */
    public String secretKey() {
        return keys.secretKey();
    }

    /** Creates a bucket; one of that name that exists already is left as it is. */
    public void createBucket(String name) {
        if (!store.containerExists(name)) {
            store.createContainer(name);
        }
    }

    /**
     * Creates a bucket whose name no other server of any process has. Hadoop keeps one client for each bucket's name,
     * whichever server it was made for, so servers of one process need buckets of different names.
     *
     * @return its name, which begins with {@code prefix}
     */
    public String newBucket(String prefix) {
        String name = prefix + "-" + UUID.randomUUID();
        createBucket(name);
        return name;
    }

    /** {@link #hadoopSettings()} for one bucket alone, so that others may be on other servers. */
    public Map<String, String> hadoopSettings(String bucket) {
        Map<String, String> settings = new TreeMap<>();
        hadoopSettings()
                .forEach((key, value) ->
                        settings.put(key.replaceFirst("^fs\\.s3a\\.", "fs.s3a.bucket." + bucket + "."), value));
        return settings;
    }

    /**
     * What Hadoop's {@code s3a://} needs to reach this server, keys included, and settings that suit a small lake: blocks
     * of 8 MiB in memory, few connections, an early word when something is wrong.
     */
    public Map<String, String> hadoopSettings() {
        return Map.ofEntries(
                Map.entry("fs.s3a.endpoint", endpoint),
                Map.entry("fs.s3a.endpoint.region", "us-east-1"),
                Map.entry("fs.s3a.path.style.access", "true"),
                Map.entry("fs.s3a.connection.ssl.enabled", "false"),
                Map.entry("fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"),
                Map.entry("fs.s3a.access.key", accessKey()),
                Map.entry("fs.s3a.secret.key", secretKey()),
                Map.entry("fs.s3a.fast.upload.buffer", "bytebuffer"),
                Map.entry("fs.s3a.multipart.size", "8M"),
                Map.entry("fs.s3a.multipart.threshold", "16M"),
                Map.entry("fs.s3a.connection.maximum", "64"),
                Map.entry("fs.s3a.threads.max", "16"),
                Map.entry("fs.s3a.attempts.maximum", "3"),
                Map.entry("fs.s3a.retry.limit", "3"));
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("Cannot stop S3 on %s: %s".formatted(endpoint, e.getMessage()), e);
        }
        store.close();
    }

    /** The store drops user metadata without a word where the file system has no extended attributes. */
    private static void requireAttributes(Path buckets) throws IOException {
        Path probe = Files.createTempFile(buckets, ".attributes", null);
        try {
            Files.setAttribute(probe, "user:probe", new byte[] {1});
        } catch (UnsupportedOperationException | IOException e) {
            throw new IOException(
                    "the file system keeps no extended attributes, which hold the objects' metadata (choose a folder on"
                            + " ext4, xfs or btrfs)",
                    e);
        } finally {
            Files.delete(probe);
        }
    }
}
