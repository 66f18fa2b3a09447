package dev.tideline.ledger;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.SourcePartition;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Ledger records as JSON: snake_case, cuts as lists of topic, topic_id, partition and offset, times as ISO-8601. */
final class LedgerJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .addModule(new SimpleModule()
                    .addSerializer(Cut.class, new CutWriter())
                    .addDeserializer(Cut.class, new CutReader()))
            .addMixIn(DayEntry.class, Kinds.class)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private LedgerJson() {}

    static String write(Object record) {
        try {
            return JSON.writeValueAsString(record);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("writing " + record, e);
        }
    }

    /**
     * The record that {@code json} is.
     *
     * @param ledger where it stands, for the message
     * @throws CannotException when it is of a kind that this release does not know: skipping it would change answers
     */
    static <T> T read(String json, Class<T> type, String ledger) {
        try {
            return JSON.readValue(json, type);
        } catch (InvalidTypeIdException e) {
            throw new CannotException(
                    "Cannot read the lake's ledger " + ledger + ": entry kind " + e.getTypeId()
                            + " is of a newer release (upgrade)",
                    e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not a ledger record: " + json, e);
        }
    }

    /** The {@code kind} by which entries of a day are told apart. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = DayEntry.Published.class, name = "published"),
        @JsonSubTypes.Type(value = DayEntry.RolledBack.class, name = "rolled-back"),
        @JsonSubTypes.Type(value = DayEntry.Released.class, name = "released"),
        @JsonSubTypes.Type(value = DayEntry.Folded.class, name = "folded"),
        @JsonSubTypes.Type(value = DayEntry.Retired.class, name = "retired"),
        @JsonSubTypes.Type(value = DayEntry.Sealed.class, name = "sealed")
    })
    private interface Kinds {}

    private static final class CutWriter extends JsonSerializer<Cut> {
        @Override
        public void serialize(Cut cut, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeStartArray();
            for (Map.Entry<SourcePartition, Long> e : cut.offsets().entrySet()) {
                json.writeStartObject();
                json.writeStringField("topic", e.getKey().topic());
                json.writeStringField("topic_id", e.getKey().topicId());
                json.writeNumberField("partition", e.getKey().partition());
                json.writeNumberField("offset", e.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    private static final class CutReader extends JsonDeserializer<Cut> {
        @Override
        public Cut deserialize(JsonParser json, DeserializationContext context) throws IOException {
            Map<SourcePartition, Long> offsets = new TreeMap<>();
            JsonNode list = json.readValueAsTree();
            list.forEach(n -> offsets.put(
                    new SourcePartition(
                            n.get("topic").asText(),
                            n.get("topic_id").asText(),
                            n.get("partition").asInt()),
                    n.get("offset").asLong()));
            return new Cut(offsets);
        }
    }
}
