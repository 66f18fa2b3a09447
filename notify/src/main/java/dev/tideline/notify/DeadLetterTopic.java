package dev.tideline.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/** The topic beside the alerts' with what no channel takes: each as it was, the reason in a header. Made when it is needed first. */
record DeadLetterTopic(Map<String, String> kafka, String topic) implements DeadLetters {
    private static final String SUFFIX = "-dead-letter";

    static DeadLetterTopic beside(String alerts, Map<String, String> kafka) {
        return new DeadLetterTopic(kafka, alerts + SUFFIX);
    }

    /** @throws KafkaException when Kafka does not take it; the alert then stays where it is */
    @Override
    public void add(Transition transition, String reason) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put("acks", "all");
        ProducerRecord<String, String> letter =
                new ProducerRecord<>(topic, transition.key(), TransitionJson.write(transition));
        letter.headers().add("reason", reason.getBytes(UTF_8));
        create();
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(letter).get();
        } catch (ExecutionException e) {
            throw new KafkaException("writing to " + topic, e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void create() {
        try (Admin admin = Admin.create(new HashMap<>(kafka))) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new KafkaException("making topic " + topic, e.getCause());
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
