package dev.tideline.fuzz;

import dev.tideline.fuzz.StrictJson.Literal;
import dev.tideline.fuzz.StrictJson.Member;
import dev.tideline.fuzz.StrictJson.Members;
import dev.tideline.fuzz.StrictJson.NotJson;
import dev.tideline.fuzz.StrictJson.Numeral;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is right for one payload of a shipped feed, from its bytes, by rules written a second time. */
final class Judge {
    /** Its text of a time is neither surely one nor surely none. */
    static final class Unsure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unsure() {
            super(null, null, false, false);
        }
    }

    private enum Type {
        TEXT,
        INTEGER,
        NUMBER,
        FLAG,
        TIME,
        TEXTS
    }

    private static final Pattern TIME = Pattern.compile(
            "([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]{1,6}))?(Z|([+-])([0-9]{2}):([0-9]{2}))?");
    /** No text of another form is a time. */
    private static final Pattern LIKE_A_TIME = Pattern.compile("....-.....[T ][0-9:.+-]{5,}Z?", Pattern.DOTALL);

    private static final BigInteger LAST_MILLI = BigInteger.valueOf(253_402_300_799_999L);
    private static final long SECOND = 1_000_000;
    private static final long LATE = 7 * 86_400 * SECOND;
    private static final long FUTURE = 3_600 * SECOND;

    static final Judge CLICKS = new Judge(
            Map.of(
                    "event_id", Type.TEXT,
                    "ad_id", Type.INTEGER,
                    "campaign_id", Type.INTEGER,
                    "user_id", Type.TEXT,
                    "country", Type.TEXT,
                    "device", Type.TEXT,
                    "cost_micros", Type.INTEGER,
                    "is_valid", Type.FLAG,
                    "clicked_at", Type.TIME),
            List.of("event_id", "ad_id", "clicked_at"),
            "clicked_at",
            256 << 10);
    static final Judge METRICS = new Judge(
            Map.of("metric", Type.TEXT, "labels", Type.TEXTS, "value", Type.NUMBER, "time", Type.TIME),
            List.of("metric", "value", "time"),
            "time",
            64 << 10);

    private final Map<String, Type> columns;
    private final List<String> required;
    private final String time;
    private final int most;

    private Judge(Map<String, Type> columns, List<String> required, String time, int most) {
        this.columns = columns;
        this.required = required;
        this.time = time;
        this.most = most;
    }

    /**
     * The event's columns; nothing when it must be rejected.
     *
     * @param timestamp the record's own, in microseconds since 1970
     * @throws Unsure when this judge does not know
     */
    Optional<Map<String, Object>> judge(byte[] payload, long timestamp) {
        if (payload == null || payload.length > most) {
            return Optional.empty();
        }
        try {
            if (!(StrictJson.parse(payload) instanceof Members members)) {
                return Optional.empty();
            }
            Map<String, Object> event = new HashMap<>();
            boolean unsure = false;
            for (Member member : members.all()) {
                Type type = columns.get(member.name());
                if (type == null) {
                    continue;
                }
                if (event.containsKey(member.name())) {
                    return Optional.empty();
                }
                try {
                    event.put(member.name(), member.value() == Literal.NULL ? null : read(type, member.value()));
                } catch (Unsure e) {
                    unsure = true;
                    event.put(member.name(), 0L);
                }
            }
            if (required.stream().anyMatch(name -> event.get(name) == null)) {
                return Optional.empty();
            }
            if (event.get("cost_micros") instanceof Long cost && cost < 0) {
                return Optional.empty();
            }
            if (unsure) {
                throw new Unsure();
            }
            long age = timestamp - (Long) event.get(time);
            return age > LATE || age < -FUTURE ? Optional.empty() : Optional.of(event);
        } catch (NotJson e) {
            return Optional.empty();
        }
    }

    private static Object read(Type type, Object value) throws NotJson {
        return switch (type) {
            case TEXT -> whole(require(String.class, value));
            case INTEGER -> {
                BigInteger integer = integer(value);
                if (integer.bitLength() > 63) {
                    throw new NotJson("not of 64 bits");
                }
                yield integer.longValue();
            }
            case NUMBER -> {
                double number = Double.parseDouble(require(Numeral.class, value).text());
                if (!Double.isFinite(number)) {
                    throw new NotJson("not finite");
                }
                yield number;
            }
            case FLAG -> require(Literal.class, value) == Literal.TRUE;
            case TIME -> value instanceof String text ? time(whole(text)) : millis(integer(value)) * 1_000;
            case TEXTS -> {
                Map<String, String> texts = new TreeMap<>();
                for (Member member : require(Members.class, value).all()) {
                    String text = member.value() == Literal.NULL ? null : whole(require(String.class, member.value()));
                    if (texts.containsKey(whole(member.name()))) {
                        throw new NotJson("twice");
                    }
                    texts.put(member.name(), text);
                }
                yield texts;
            }
        };
    }

    private static <T> T require(Class<T> type, Object value) throws NotJson {
        if (!type.isInstance(value)) {
            throw new NotJson("of another type");
        }
        return type.cast(value);
    }

    /** Without halves of characters. */
    private static String whole(String text) throws NotJson {
        if (text.codePoints().anyMatch(c -> 0xd800 <= c && c <= 0xdfff)) {
            throw new NotJson("half of a character");
        }
        return text;
    }

    private static BigInteger integer(Object value) throws NotJson {
        if (!(value instanceof Numeral numeral) || !numeral.integer()) {
            throw new NotJson("no integer");
        }
        return new BigInteger(numeral.text());
    }

    private static long millis(BigInteger millis) throws NotJson {
        if (millis.abs().compareTo(LAST_MILLI) > 0) {
            throw new NotJson("no time");
        }
        return millis.longValue();
    }

    private static long time(String text) throws NotJson {
        Matcher found = TIME.matcher(text);
        if (!found.matches()) {
            if (LIKE_A_TIME.matcher(text).matches()) {
                throw new Unsure();
            }
            throw new NotJson("no time");
        }
        try {
            LocalDateTime local = LocalDateTime.of(
                    number(found, 1),
                    number(found, 2),
                    number(found, 3),
                    number(found, 4),
                    number(found, 5),
                    number(found, 6));
            long micros = ChronoUnit.SECONDS.between(LocalDateTime.of(1970, 1, 1, 0, 0), local) * SECOND;
            if (found.group(7) != null) {
                micros += Long.parseLong((found.group(7) + "00000").substring(0, 6));
            }
            if (found.group(9) != null) {
                int hours = number(found, 10);
                int minutes = number(found, 11);
                ZoneOffset offset = ZoneOffset.ofHoursMinutes(hours, minutes);
                micros -= (found.group(9).equals("-") ? -1 : 1) * offset.getTotalSeconds() * SECOND;
            }
            if (Math.abs(micros) > LAST_MILLI.longValue() * 1_000) {
                throw new NotJson("no time");
            }
            return micros;
        } catch (DateTimeException e) {
            throw new NotJson("no time");
        }
    }

    private static int number(Matcher found, int group) {
        return Integer.parseInt(found.group(group));
    }
}
