package dev.tideline.serve;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.List;

/** How answers look as JSON: snake_case, times in ISO-8601 (UTC), null for what is not known. */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // of a newer server
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private Json() {}

    /** {@code answer} in one line. */
    public static String of(Object answer) throws IOException {
        return MAPPER.writeValueAsString(answer);
    }

    /**
     * The objects of the list that {@code answer} has under {@code name}.
     *
     * @throws IOException when it is no such answer
     */
    public static <T> List<T> list(String answer, String name, Class<T> type) throws IOException {
        JsonNode list = MAPPER.readTree(answer).required(name);
        return MAPPER.readerForListOf(type).readValue(list);
    }

    /** The text that {@code answer} has under {@code name}; empty where it has none. */
    public static String text(String answer, String name) throws IOException {
        return MAPPER.readTree(answer).path(name).asText();
    }
}
