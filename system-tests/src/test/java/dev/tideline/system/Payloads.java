package dev.tideline.system;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Records as any client sends them. */
final class Payloads {
    private Payloads() {}

    /** Returns when the broker has them all. */
    static void send(String bootstrapServers, String topic, String... payloads) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new StringSerializer())) {
            for (String payload : payloads) {
                producer.send(new ProducerRecord<>(topic, payload)).get();
            }
        }
    }
}
