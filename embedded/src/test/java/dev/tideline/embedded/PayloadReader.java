package dev.tideline.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tideline.embedded.ClickRollup.Grain;
import dev.tideline.embedded.ClickRollup.Row;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the payloads themselves say, read by a JSON library and judged by the feed's rules as docs/PROTOCOL.md words them. */
final class PayloadReader {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final List<Event> events = new ArrayList<>();

    private record Event(JsonNode json, Instant time, long kafkaMs, int partition, long offset) {
        boolean before(Event other) {
            if (kafkaMs != other.kafkaMs) {
                return kafkaMs < other.kafkaMs;
            }
            return partition != other.partition ? partition < other.partition : offset < other.offset;
        }

        String identity() {
            return json.get("event_id").textValue() + time.truncatedTo(ChronoUnit.DAYS);
        }
    }

    /** Whether the feed takes the record. */
    boolean read(Sent sent, long offset) {
        if (sent.payload() == null || sent.payload().length > 256 << 10) {
            return false;
        }
        try {
            JsonNode json = JSON.readTree(sent.payload());
            if (!isTyped(json) || json.get("cost_micros").longValue() < 0) {
                return false;
            }
            JsonNode clickedAt = json.get("clicked_at");
            Instant time = clickedAt.isTextual()
                    ? OffsetDateTime.parse(clickedAt.textValue()).toInstant()
                    : Instant.ofEpochMilli(clickedAt.longValue());
            Duration age = Duration.between(time, Instant.ofEpochMilli(sent.kafkaTimestampMs()));
            if (age.compareTo(Duration.ofDays(7)) > 0 || age.compareTo(Duration.ofHours(-1)) < 0) {
                return false;
            }
            events.add(new Event(json, time, sent.kafkaTimestampMs(), sent.partition(), offset));
            return true;
        } catch (JsonProcessingException | DateTimeException e) {
            return false;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isTyped(JsonNode json) {
        return json.isObject()
                && json.path("event_id").isTextual()
                && json.path("ad_id").isIntegralNumber()
                && json.path("campaign_id").isIntegralNumber()
                && (json.path("user_id").isTextual() || json.path("user_id").isMissingNode())
                && (json.path("country").isTextual() || json.path("country").isNull())
                && json.path("device").isTextual()
                && json.path("cost_micros").isIntegralNumber()
                && json.path("is_valid").isBoolean()
                && (json.path("clicked_at").isTextual()
                        || json.path("clicked_at").isIntegralNumber());
    }

    private Map<String, Event> winners() {
        Map<String, Event> winners = new LinkedHashMap<>();
        for (Event event : events) {
            Event other = winners.get(event.identity());
            if (other == null || event.before(other)) {
                winners.put(event.identity(), event);
            }
        }
        return winners;
    }

    int duplicates() {
        return events.size() - winners().size();
    }

    List<Row> rows(ClickRollup rollup, Grain grain) {
        Map<List<String>, long[]> sums = new LinkedHashMap<>();
        Map<List<String>, Set<String>> users = new LinkedHashMap<>();
        for (Event event : winners().values()) {
            if (!event.json().get("is_valid").booleanValue()) {
                continue;
            }
            List<String> key = new ArrayList<>();
            key.add(event.time()
                    .truncatedTo(grain == Grain.MINUTE ? ChronoUnit.MINUTES : ChronoUnit.HOURS)
                    .toString());
            for (String dimension : rollup.dimensions()) {
                key.add(
                        event.json().get(dimension).isNull()
                                ? ""
                                : event.json().get(dimension).asText());
            }
            long[] sum = sums.computeIfAbsent(key, k -> new long[2]);
            sum[0]++;
            sum[1] += event.json().get("cost_micros").longValue();
            Set<String> seen = users.computeIfAbsent(key, k -> new HashSet<>());
            if (event.json().has("user_id")) {
                seen.add(event.json().get("user_id").textValue());
            }
        }
        List<Row> rows = new ArrayList<>();
        sums.forEach((key, sum) -> rows.add(new Row(
                Instant.parse(key.get(0)),
                List.copyOf(key.subList(1, key.size())),
                sum[0],
                rollup.measure().equals("users") ? users.get(key).size() : sum[1])));
        return rows;
    }
}
