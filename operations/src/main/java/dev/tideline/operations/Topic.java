package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.protocol.Unreachable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * One incarnation of a Kafka topic, as its broker describes it now.
 *
 * @param earliest the first offset that Kafka still has, for each partition
 * @param latest the offset after the last record
 */
public record Topic(String name, String id, Cut earliest, Cut latest) {
    private static final int TIMEOUT_SECONDS = 20;

    /**
     * Asks the broker for the topic as it is now.
     *
     * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
     * @throws Unreachable when the broker does not answer
     * @throws NotFound when it has no such topic
     * @throws CannotException when the settings name no broker
     */
    public static Topic describe(Map<String, String> kafka, String name) {
        try (Admin admin = admin(kafka)) {
            TopicDescription topic = description(admin, kafka, name);
            Map<TopicPartition, OffsetSpec> first = new HashMap<>();
            Map<TopicPartition, OffsetSpec> end = new HashMap<>();
            topic.partitions().forEach(p -> {
                first.put(new TopicPartition(name, p.partition()), OffsetSpec.earliest());
                end.put(new TopicPartition(name, p.partition()), OffsetSpec.latest());
            });
            String id = topic.topicId().toString();
            return new Topic(name, id, offsets(admin, kafka, id, first), offsets(admin, kafka, id, end));
        }
    }

    /** The id of the topic's present incarnation. */
    public static String id(Map<String, String> kafka, String name) {
        try (Admin admin = admin(kafka)) {
            return description(admin, kafka, name).topicId().toString();
        }
    }

    static Admin admin(Map<String, String> kafka) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_SECONDS * 1000);
        settings.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        try {
            return Admin.create(settings);
        } catch (org.apache.kafka.common.KafkaException e) {
            throw new CannotException(
                    "Cannot use Kafka: " + cause(e) + ", kafka.bootstrap.servers=" + kafka.get("bootstrap.servers")
                            + " (host:port,…)",
                    e);
        }
    }

    static TopicDescription description(Admin admin, Map<String, String> kafka, String name) {
        return answer(kafka, name, () -> admin.describeTopics(List.of(name)).allTopicNames())
                .get(name);
    }

    static Cut offsets(Admin admin, Map<String, String> kafka, String id, Map<TopicPartition, OffsetSpec> specs) {
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        listed(admin, kafka, id, specs).forEach((partition, info) -> offsets.put(partition, info.offset()));
        return new Cut(offsets);
    }

    /** What the broker knows of each. */
    static Map<SourcePartition, ListOffsetsResultInfo> listed(
            Admin admin, Map<String, String> kafka, String id, Map<TopicPartition, OffsetSpec> specs) {
        Map<SourcePartition, ListOffsetsResultInfo> listed = new TreeMap<>();
        answer(
                        kafka,
                        specs.keySet().iterator().next().topic(),
                        () -> admin.listOffsets(specs).all())
                .forEach((p, info) -> listed.put(new SourcePartition(p.topic(), id, p.partition()), info));
        return listed;
    }

    static <T> T answer(Map<String, String> kafka, String topic, Supplier<KafkaFuture<T>> request) {
        String servers = kafka.get("bootstrap.servers");
        try {
            return request.get().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new NotFound("Cannot read topic " + topic + ": Kafka at " + servers
                        + " has no such topic (create it, or correct topic: in the feed file)");
            }
            throw new Unreachable(
                    "Cannot reach Kafka at " + servers + ": " + cause(e)
                            + " (is it running, is kafka.bootstrap.servers right?)",
                    e);
        } catch (TimeoutException e) {
            throw new Unreachable(
                    "Cannot reach Kafka at " + servers + ": no answer in " + TIMEOUT_SECONDS
                            + " s (is it running, is kafka.bootstrap.servers right?)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotException("Cannot read topic " + topic + ": interrupted", e);
        }
    }

    private static String cause(Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage();
    }
}
