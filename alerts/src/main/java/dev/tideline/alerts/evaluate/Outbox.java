package dev.tideline.alerts.evaluate;

import dev.tideline.notify.Transition;
import dev.tideline.notify.TransitionJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the topic of alerts what the ledger has recorded: a record of the ledger counts as told once Kafka has acknowledged all of
 * its transitions, and is told again if it never was. The record's key is the episode's, so that its transitions keep their order.
 */
final class Outbox implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final int SECONDS = 15;

    private final Map<String, String> kafka;
    private final String topic;
    private final KafkaProducer<String, String> producer;
    private boolean created;
    private boolean silent;

    /**
     * @param kafka settings for Kafka clients, {@code bootstrap.servers} among them
     */
    Outbox(Map<String, String> kafka, String topic) {
        this.kafka = Map.copyOf(kafka);
        this.topic = topic;
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /** Whether Kafka has acknowledged all of {@code transitions}. */
    boolean tell(List<Transition> transitions) {
        if (transitions.isEmpty()) {
            return true;
        }
        try {
            create();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Transition transition : transitions) {
                sent.add(
                        producer.send(new ProducerRecord<>(topic, transition.key(), TransitionJson.write(transition))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get(SECONDS, TimeUnit.SECONDS);
            }
            silent = false;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            if (!silent) {
                LOG.warn("Topic {} cannot be told of alerts, they wait in the ledger: {}", topic, e.getMessage());
            }
            silent = true;
            return false;
        }
    }

    private void create() throws InterruptedException, ExecutionException, TimeoutException {
        if (created) {
            return;
        }
        try (Admin admin = Admin.create(new HashMap<>(kafka))) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty())))
                    .all()
                    .get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        created = true;
    }

    @Override
    public void close() {
        producer.close(java.time.Duration.ofSeconds(2));
    }
}
