package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/** Asks a broker again and again where in a topic a time is, by its records' Kafka timestamps. */
public final class TopicTimes implements Completeness.Log {
    private final Map<String, String> kafka;
    private final String topic;
    private final Admin admin;

    /**
     * Connects when first asked.
     *
     * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
     * @throws CannotException when they are none
     */
    public TopicTimes(Map<String, String> kafka, String topic) {
        this.kafka = Map.copyOf(kafka);
        this.topic = topic;
        this.admin = Topic.admin(kafka);
    }

    @Override
    public Cut end() {
        TopicDescription description = Topic.description(admin, kafka, topic);
        return Topic.offsets(admin, kafka, description.topicId().toString(), specs(description, OffsetSpec.latest()));
    }

    @Override
    public Cut at(Instant time, Instant latest) {
        TopicDescription description = Topic.description(admin, kafka, topic);
        String id = description.topicId().toString();
        Cut ends = Topic.offsets(admin, kafka, id, specs(description, OffsetSpec.latest()));
        Map<SourcePartition, Long> offsets = new TreeMap<>(ends.offsets());
        Topic.listed(admin, kafka, id, specs(description, OffsetSpec.forTimestamp(time.toEpochMilli())))
                .forEach((partition, first) -> {
                    if (first.offset() >= 0 && first.timestamp() <= latest.toEpochMilli()) {
                        offsets.put(partition, first.offset());
                    }
                });
        return new Cut(offsets);
    }

    private Map<TopicPartition, OffsetSpec> specs(TopicDescription description, OffsetSpec spec) {
        return new HashMap<>(description.partitions().stream()
                .collect(Collectors.toMap(p -> new TopicPartition(topic, p.partition()), p -> spec)));
    }

    @Override
    public void close() {
        admin.close();
    }
}
