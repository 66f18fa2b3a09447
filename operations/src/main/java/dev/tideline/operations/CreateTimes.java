package dev.tideline.operations;

import dev.tideline.protocol.CannotException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Which Kafka timestamps a topic takes from producers. An event is late or early by its record's, whatever that is. */
public final class CreateTimes {
    private static final String TYPE = "message.timestamp.type";
    private static final String BEFORE = "message.timestamp.before.max.ms";
    private static final String AFTER = "message.timestamp.after.max.ms";

    private CreateTimes() {}

    /**
     * That producers may write times of more than {@code days} different days; empty where they may not, or the broker does not say,
     * since it may allow that to few.
     */
    public static Optional<String> tooFree(Map<String, String> kafka, String topic, int days) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Topic.admin(kafka)) {
            return tooFree(
                    Topic.answer(
                                    kafka,
                                    topic,
                                    () -> admin.describeConfigs(List.of(resource))
                                            .all())
                            .get(resource),
                    topic,
                    days);
        } catch (CannotException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> tooFree(Config config, String topic, int days) {
        if (!"CreateTime".equals(value(config, TYPE))) {
            return Optional.empty();
        }
        long before = milliseconds(value(config, BEFORE));
        long after = milliseconds(value(config, AFTER));
        long most = Duration.ofDays(days).toMillis();
        if (before <= most && after <= most - before) {
            return Optional.empty();
        }
        return Optional.of(
                "topic " + topic + " takes Kafka timestamps up to " + text(before) + " back and " + text(after)
                        + " ahead, and an event is late or early by that: records of many days make many small files, and as many dirty days"
                        + " (set the topic's " + BEFORE + " and " + AFTER + ", or " + TYPE + "=LogAppendTime)");
    }

    private static String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null ? "" : entry.value();
    }

    private static long milliseconds(String value) {
        return value.isEmpty() ? Long.MAX_VALUE : Long.parseLong(value);
    }

    private static String text(long milliseconds) {
        return milliseconds > Duration.ofDays(365_000).toMillis()
                ? "any number of days"
                : Duration.ofMillis(milliseconds).toDays() + " days";
    }
}
