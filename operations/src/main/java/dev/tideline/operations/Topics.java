package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.LoggerFactory;

/** Asks one broker about topics, again and again, by one client that connects when first asked. */
public final class Topics implements AutoCloseable {
    private final Map<String, String> kafka;
    private Admin admin;

    /**
     * Connects when first asked.
     *
     * @param kafka settings for Kafka clients; without {@code bootstrap.servers} no topic is known
     */
    public Topics(Map<String, String> kafka) {
        this.kafka = Map.copyOf(kafka);
    }

    /** What the broker said of a topic. */
    public sealed interface Answer {
        /** The topic as it is now. */
        record Known(Topic topic) implements Answer {}

        /** Why it is not known. */
        record Unknown(String why) implements Answer {}
    }

    /** Connects now, without waiting for it. */
    public void connect() {
        if (!kafka.getOrDefault("bootstrap.servers", "").isBlank()) {
            LoggerFactory.getILoggerFactory(); // two threads that log first at once make it warn
            Thread thread = new Thread(this::tryToConnect, "tideline-topics");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void tryToConnect() {
        try {
            admin();
        } catch (CannotException e) {
            // Said by describe, which tries it again.
        }
    }

    /** The topics of these names as they are now, by name, in two round trips whatever their number. */
    public Map<String, Answer> describe(Collection<String> names) {
        Map<String, Answer> answers = new LinkedHashMap<>();
        if (kafka.getOrDefault("bootstrap.servers", "").isBlank()) {
            names.forEach(name -> answers.put(name, new Answer.Unknown("kafka.bootstrap.servers is not set")));
            return answers;
        }
        Map<String, TopicDescription> found = new LinkedHashMap<>();
        try {
            Map<String, KafkaFuture<TopicDescription>> asked =
                    admin().describeTopics(Set.copyOf(names)).topicNameValues();
            asked.forEach((name, answer) -> {
                try {
                    found.put(name, Topic.answer(kafka, name, () -> answer));
                } catch (CannotException e) {
                    answers.put(name, new Answer.Unknown(e.getMessage()));
                }
            });
            offsets(found).forEach((name, topic) -> answers.put(name, new Answer.Known(topic)));
        } catch (CannotException e) {
            names.forEach(name -> answers.putIfAbsent(name, new Answer.Unknown(e.getMessage())));
        }
        return answers;
    }

    private Map<String, Topic> offsets(Map<String, TopicDescription> found) {
        Map<TopicPartition, OffsetSpec> first = new HashMap<>();
        Map<TopicPartition, OffsetSpec> end = new HashMap<>();
        found.forEach((name, topic) -> topic.partitions().forEach(p -> {
            first.put(new TopicPartition(name, p.partition()), OffsetSpec.earliest());
            end.put(new TopicPartition(name, p.partition()), OffsetSpec.latest());
        }));
        Map<String, Topic> topics = new LinkedHashMap<>();
        if (!found.isEmpty()) {
            KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> earliest =
                    admin().listOffsets(first).all();
            KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> latest =
                    admin().listOffsets(end).all();
            String names = String.join(", ", found.keySet());
            Map<TopicPartition, ListOffsetsResultInfo> from = Topic.answer(kafka, names, () -> earliest);
            Map<TopicPartition, ListOffsetsResultInfo> to = Topic.answer(kafka, names, () -> latest);
            found.forEach((name, topic) -> {
                String id = topic.topicId().toString();
                topics.put(name, new Topic(name, id, cut(name, id, from), cut(name, id, to)));
            });
        }
        return topics;
    }

    private static Cut cut(String name, String id, Map<TopicPartition, ListOffsetsResultInfo> offsets) {
        Map<SourcePartition, Long> cut = new TreeMap<>();
        offsets.forEach((partition, info) -> {
            if (partition.topic().equals(name)) {
                cut.put(new SourcePartition(name, id, partition.partition()), info.offset());
            }
        });
        return new Cut(cut);
    }

    private synchronized Admin admin() {
        if (admin == null) {
            admin = Topic.admin(kafka);
        }
        return admin;
    }

    /** Ends without waiting for answers. */
    @Override
    public synchronized void close() {
        if (admin != null) {
            admin.close(Duration.ZERO);
            admin = null;
        }
    }
}
