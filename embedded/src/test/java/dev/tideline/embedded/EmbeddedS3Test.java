package dev.tideline.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Tag("lane-b")
class EmbeddedS3Test {
    private static final int WRITERS = 8;

    @TempDir
    Path dir;

    @Test
    void keepsObjectsTheirMetadataAndItsKeysOverARestart() throws Exception {
        String secret;
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir)) {
            s3.createBucket("lake");
            s3.createBucket("lake");
            secret = s3.secretKey();
            try (S3Client client = client(s3, s3.secretKey())) {
                client.putObject(
                        put -> put.bucket("lake").key("a/b.json").metadata(Map.of("write-id", "42")),
                        RequestBody.fromString("hello"));
            }
        }
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir);
                S3Client client = client(s3, s3.secretKey())) {
            var object = client.getObjectAsBytes(get -> get.bucket("lake").key("a/b.json"));
            assertThat(object.asUtf8String()).isEqualTo("hello");
            assertThat(object.response().metadata()).containsEntry("write-id", "42");
            assertThat(s3.secretKey()).isEqualTo(secret);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("s3-keys"))))
                .isEqualTo("rw-------");
    }

    @Test
    void letsExactlyOneOfManyWritersCreateAKey() throws Exception {
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir)) {
            s3.createBucket("lake");
            try (S3Client client = client(s3, s3.secretKey())) {
                for (int round = 0; round < 100; round++) {
                    String key = "log/%020d.json".formatted(round);
                    assertThat(race(writer -> put(client, key, writer)))
                            .as("statuses for %s", key)
                            .containsOnlyOnce(200)
                            .containsOnly(200, 412);
                }
            }
        }
    }

    @Test
    void keepsTheFirstWritersContentAndMetadataWhenTheSecondIsRefused() {
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir)) {
            s3.createBucket("lake");
            try (S3Client client = client(s3, s3.secretKey())) {
                assertThat(put(client, "log/0.json", 1)).isEqualTo(200);
                assertThat(put(client, "log/0.json", 2)).isEqualTo(412);
                var object = client.getObjectAsBytes(get -> get.bucket("lake").key("log/0.json"));
                assertThat(object.asUtf8String()).isEqualTo("by writer 1");
                assertThat(object.response().metadata()).containsEntry("writer", "1");
            }
        }
    }

    @Test
    void letsExactlyOneOfManyMultipartWritersCreateAKey() throws Exception {
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir)) {
            s3.createBucket("lake");
            try (S3Client client = client(s3, s3.secretKey())) {
                for (int round = 0; round < 5; round++) {
                    String key = "log/%d.parquet".formatted(round);
                    assertThat(race(writer -> putInParts(client, key, writer)))
                            .as("statuses for %s", key)
                            .containsOnlyOnce(200)
                            .containsOnly(200, 412);
                    var head = client.headObject(get -> get.bucket("lake").key(key));
                    assertThat(head.contentLength()).isEqualTo((5 << 20) + 4);
                    assertThat(head.metadata()).containsKey("writer");
                }
            }
        }
    }

    @Test
    void refusesAWrongSecretAndAMissingKey() {
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir)) {
            s3.createBucket("lake");
            try (S3Client client = client(s3, s3.secretKey());
                    S3Client stranger = client(s3, "guess")) {
                assertThatThrownBy(() ->
                                client.headObject(get -> get.bucket("lake").key("nothing")))
                        .isInstanceOf(NoSuchKeyException.class);
                assertThatThrownBy(() -> stranger.listObjectsV2(list -> list.bucket("lake")))
                        .isInstanceOf(S3Exception.class)
                        .hasMessageContaining("signature");
            }
        }
    }

    @Test
    void neverPrintsItsSecret() throws Exception {
        S3Keys keys = S3Keys.of(dir.resolve("keys"));
        assertThat(keys.toString()).doesNotContain(keys.secretKey());
    }

    /** The HTTP statuses that {@link #WRITERS} writers get who start at the same moment. */
    private static List<Integer> race(Writing writing) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(WRITERS);
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        try {
            List<Callable<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                writers.add(() -> {
                    start.await();
                    return writing.status(writer);
                });
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> status : pool.invokeAll(writers)) {
                statuses.add(status.get());
            }
            return statuses;
        } finally {
            pool.shutdown();
        }
    }

    private interface Writing {
        int status(int writer);
    }

    private static int put(S3Client client, String key, int writer) {
        try {
            return client.putObject(
                            put -> put.bucket("lake")
                                    .key(key)
                                    .ifNoneMatch("*")
                                    .metadata(Map.of("writer", Integer.toString(writer))),
                            RequestBody.fromString("by writer " + writer))
                    .sdkHttpResponse()
                    .statusCode();
        } catch (S3Exception e) {
            return e.statusCode();
        }
    }

    private static int putInParts(S3Client client, String key, int writer) {
        try {
            String upload = client.createMultipartUpload(create ->
                            create.bucket("lake").key(key).metadata(Map.of("writer", Integer.toString(writer))))
                    .uploadId();
            CompletedPart first = part(client, key, upload, 1, new byte[5 << 20]);
            CompletedPart last = part(client, key, upload, 2, new byte[] {1, 2, 3, 4});
            return client.completeMultipartUpload(complete -> complete.bucket("lake")
                            .key(key)
                            .uploadId(upload)
                            .ifNoneMatch("*")
                            .multipartUpload(parts -> parts.parts(first, last)))
                    .sdkHttpResponse()
                    .statusCode();
        } catch (S3Exception e) {
            return e.statusCode();
        }
    }

    private static CompletedPart part(S3Client client, String key, String upload, int number, byte[] bytes) {
        String tag = client.uploadPart(
                        part -> part.bucket("lake").key(key).uploadId(upload).partNumber(number),
                        RequestBody.fromBytes(bytes))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    private static S3Client client(EmbeddedS3 s3, String secret) {
        return S3Client.builder()
                .endpointOverride(URI.create(s3.endpoint()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(s3.accessKey(), secret)))
                .build();
    }
}
