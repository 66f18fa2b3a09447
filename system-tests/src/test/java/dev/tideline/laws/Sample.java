package dev.tideline.laws;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;

/** What an accepted record says. */
record Sample(String id, Instant time, Map<String, Object> fields) {
    LocalDate date() {
        return time.atZone(ZoneOffset.UTC).toLocalDate();
    }

    Object get(String field) {
        return fields.get(field);
    }

    double number(String field) {
        return ((Number) fields.get(field)).doubleValue();
    }

    String text(String field) {
        Object value = fields.get(field);
        return value == null ? "-" : value.toString();
    }
}
