package dev.tideline.ledger;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
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
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Horizon;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Ledger records as JSON: snake_case, cuts as lists of topic, topic_id and offsets by partition, times as ISO-8601, and the
 * number of the format. A record without a number is of format 1.
 */
final class LedgerJson {
    /** The formats that this release reads: 2 since cuts are arrays, 3 since a record names the features that it uses. */
    static final int FORMAT = 3;
    /** What a record is written in that uses no feature, so that releases from before there were such read it. */
    private static final int WITHOUT_FEATURES = 2;

    private static final String TO_READ = "requires";
    private static final String TO_APPEND = "requires_to_append";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .addModule(new SimpleModule()
                    .addSerializer(Cut.class, new CutWriter())
                    .addDeserializer(Cut.class, new CutReader()))
            .addMixIn(DayEntry.class, Kinds.class)
            .addMixIn(Horizon.class, WithoutCut.class)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private LedgerJson() {}

    static String write(Object record) {
        try {
            Set<Feature> features = record instanceof Feature.User user ? user.features() : Set.of();
            ObjectNode fields = JSON.createObjectNode().put("format", features.isEmpty() ? WITHOUT_FEATURES : FORMAT);
            for (Feature feature : features) {
                String needed = feature.needed() == Feature.Needed.TO_READ ? TO_READ : TO_APPEND;
                fields.withObject("/" + needed).put(feature.text(), feature.since());
            }
            return JSON.writeValueAsString(fields.setAll((ObjectNode) JSON.valueToTree(record)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("writing " + record, e);
        }
    }

    /**
     * The record that {@code json} is.
     *
     * @param ledger where it stands, for the message
     * @param unknownToAppend is given what an append would need and this release does not know
     * @throws CannotException when it is of a format, feature or kind that this release does not know: skipping it would change
     *     answers
     */
    static <T> T read(String json, Class<T> type, String ledger, Consumer<String> unknownToAppend) {
        try {
            Needs needs = needs(json);
            String unknown = unknown(needs.toRead());
            if (!unknown.isEmpty()) {
                throw new CannotException("Cannot read the lake's ledger " + ledger + ": it uses " + unknown);
            }
            String toAppend = unknown(needs.toAppend());
            if (!toAppend.isEmpty()) {
                unknownToAppend.accept(toAppend);
            }
            if (needs.format() > FORMAT) {
                throw new CannotException("Cannot read the lake's ledger " + ledger + ": it is of format "
                        + needs.format() + ", and this release knows formats up to " + FORMAT + " (upgrade)");
            }
            return JSON.readValue(json, type);
        } catch (InvalidTypeIdException e) {
            throw new CannotException(
                    "Cannot read the lake's ledger " + ledger + ": entry kind " + e.getTypeId()
                            + " is of a newer release (upgrade)",
                    e);
        } catch (IOException e) {
            throw new IllegalStateException("not a ledger record: " + json, e);
        }
    }

    /** What a reader must know of before it understands the rest of a record. */
    private record Needs(int format, JsonNode toRead, JsonNode toAppend) {}

    /** They may stand anywhere among the record's fields; the others, of which cuts are long, are passed over. */
    private static Needs needs(String json) throws IOException {
        int format = 1;
        JsonNode toRead = MissingNode.getInstance();
        JsonNode toAppend = MissingNode.getInstance();
        try (JsonParser fields = JSON.createParser(json)) {
            fields.nextToken();
            while (fields.nextToken() == JsonToken.FIELD_NAME) {
                String name = fields.currentName();
                fields.nextToken();
                switch (name) {
                    case "format" -> format = fields.getValueAsInt(1);
                    case TO_READ -> toRead = fields.readValueAsTree();
                    case TO_APPEND -> toAppend = fields.readValueAsTree();
                    default -> fields.skipChildren();
                }
            }
        }
        return new Needs(format, toRead, toAppend);
    }

    /** The features that this release does not know, and the release that knows them; empty when it knows all. */
    private static String unknown(JsonNode features) {
        return features.properties().stream()
                .filter(feature -> !Feature.knows(feature.getKey()))
                .map(feature ->
                        feature.getKey() + " (upgrade to " + feature.getValue().asText() + " or later)")
                .collect(Collectors.joining(", "));
    }

    /**
     * A horizon names a record, which has the cut. Entries of before had it too: of ten years of days and thousands of partitions it
     * would be hundreds of megabytes.
     */
    @JsonIgnoreProperties("cut")
    private interface WithoutCut {}

    /** The {@code kind} by which entries of a day are told apart. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = DayEntry.Intends.class, name = "intends"),
        @JsonSubTypes.Type(value = DayEntry.Published.class, name = "published"),
        @JsonSubTypes.Type(value = DayEntry.RolledBack.class, name = "rolled-back"),
        @JsonSubTypes.Type(value = DayEntry.Released.class, name = "released"),
        @JsonSubTypes.Type(value = DayEntry.Folded.class, name = "folded"),
        @JsonSubTypes.Type(value = DayEntry.Retired.class, name = "retired"),
        @JsonSubTypes.Type(value = DayEntry.Sealed.class, name = "sealed")
    })
    private interface Kinds {}

    /**
     * A cut as one object for each topic id, its offsets in an array by partition, null where the cut does not know one: a
     * thousand partitions make 10 KB rather than 90.
     */
    private static final class CutWriter extends JsonSerializer<Cut> {
        @Override
        public void serialize(Cut cut, JsonGenerator json, SerializerProvider provider) throws IOException {
            Map<List<String>, TreeMap<Integer, Long>> topics = new TreeMap<>(Comparator.comparing(List::toString));
            cut.offsets()
                    .forEach((partition, offset) -> topics.computeIfAbsent(
                                    List.of(partition.topic(), partition.topicId()), topic -> new TreeMap<>())
                            .put(partition.partition(), offset));
            json.writeStartArray();
            for (Map.Entry<List<String>, TreeMap<Integer, Long>> topic : topics.entrySet()) {
                json.writeStartObject();
                json.writeStringField("topic", topic.getKey().get(0));
                json.writeStringField("topic_id", topic.getKey().get(1));
                json.writeArrayFieldStart("offsets");
                for (int partition = 0; partition <= topic.getValue().lastKey(); partition++) {
                    Long offset = topic.getValue().get(partition);
                    if (offset == null) {
                        json.writeNull();
                    } else {
                        json.writeNumber(offset);
                    }
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Reads this form, and that of format 1: an object for each partition. */
    private static final class CutReader extends JsonDeserializer<Cut> {
        private static final long UNKNOWN = -1;

        @Override
        public Cut deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (!json.isExpectedStartArrayToken()) {
                return (Cut) context.handleUnexpectedToken(Cut.class, json);
            }
            Cut.Builder cut = new Cut.Builder();
            while (json.nextToken() == JsonToken.START_OBJECT) {
                topic(json, cut);
            }
            return cut.build();
        }

        private static void topic(JsonParser json, Cut.Builder cut) throws IOException {
            String topic = "";
            String topicId = "";
            int partition = -1;
            long offset = UNKNOWN;
            long[] offsets = {};
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "topic" -> topic = json.getText();
                    case "topic_id" -> topicId = json.getText();
                    case "partition" -> partition = json.getIntValue();
                    case "offset" -> offset = json.getLongValue();
                    case "offsets" -> offsets = offsets(json);
                    default -> json.skipChildren();
                }
            }
            if (partition >= 0) {
                cut.put(topic, topicId, partition, offset);
            }
            for (int i = 0; i < offsets.length; i++) {
                if (offsets[i] != UNKNOWN) {
                    cut.put(topic, topicId, i, offsets[i]);
                }
            }
        }

        private static long[] offsets(JsonParser json) throws IOException {
            LongStream.Builder offsets = LongStream.builder();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                offsets.add(json.currentToken() == JsonToken.VALUE_NULL ? UNKNOWN : json.getLongValue());
            }
            return offsets.build().toArray();
        }
    }
}
