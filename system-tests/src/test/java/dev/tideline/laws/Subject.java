package dev.tideline.laws;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One shipped feed as the laws see it: random payloads, its views, and plain loops for what each must answer. */
interface Subject {
    String feed();

    /** A random event of that time; few ids and few keys, so that most of them meet. */
    Sample sample(Random random, Instant time);

    /** The sample as a producer would send it. */
    String json(Sample sample);

    /** A payload that is to be rejected. */
    String bad(Random random, Instant timestamp);

    /** The feed's rollups, and how to ask and answer each. */
    List<Question> questions();

    /** One rollup: its keys and numbers in SQL, and the same from events in plain Java. */
    interface Question {
        String rollup();

        /** SQL of a STRING. */
        String key();

        /** SQL of DOUBLEs. */
        String values();

        boolean counts(Sample sample);

        String key(Sample sample);

        List<Double> values(List<Event> events);

        /** Whether a found number equals the expected one in the sense of the laws. */
        default boolean equal(int column, double found, double expected, List<Event> events) {
            return Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
        }
    }

    /** JSON of a flat object. */
    static String object(Map<String, Object> fields) {
        StringBuilder json = new StringBuilder("{");
        fields.forEach((name, value) -> {
            json.append(json.length() == 1 ? "" : ",").append('"').append(name).append("\":");
            if (value instanceof Map<?, ?> map) {
                json.append("{");
                map.forEach((k, v) -> json.append(json.charAt(json.length() - 1) == '{' ? "" : ",")
                        .append("\"%s\":\"%s\"".formatted(k, v)));
                json.append("}");
            } else {
                json.append(value instanceof String ? "\"" + value + "\"" : value);
            }
        });
        return json.append("}").toString();
    }
}
