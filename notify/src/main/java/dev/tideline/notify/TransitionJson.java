package dev.tideline.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** Transitions as JSON, the value of a record of the topic {@code alerts}: snake_case, times in ISO-8601. */
public final class TransitionJson {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModules(new JavaTimeModule(), new Jdk8Module())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private TransitionJson() {}

    public static String write(Transition transition) {
        try {
            return JSON.writeValueAsString(transition);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("writing " + transition, e);
        }
    }

    /**
     * The transition that {@code json} holds.
     *
     * @throws IllegalArgumentException when it is no transition
     */
    public static Transition read(String json) {
        try {
            return JSON.readValue(json, Transition.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a transition: " + e.getOriginalMessage(), e);
        }
    }
}
