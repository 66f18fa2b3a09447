package dev.tideline.fuzz;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Payloads of the shipped feeds: good ones, ones at the edges of what is good, and ones that are made to break a decoder. */
final class Hostile {
    private static final String[] TEXTS = {
        "\"\"",
        "\"DE\"",
        "\"BR\"",
        "\"ünïcödé\"",
        "\"\\ud83d\\ude00\"",
        "\"😀\"",
        "\"a\\u0000b\"",
        "\"\\\"|,'\"",
        "\"-\"",
        "\" \"",
        "\"null\"",
        "\"\\u00e9\"",
        "\"e\\u0301\"",
        "\"\u202e\ufeff\"",
        "\"\\uffff\"",
        "\"1\"",
        "\"\u007f\""
    };
    private static final String[] WRONG = {
        "true",
        "false",
        "[]",
        "{}",
        "[1]",
        "{\"a\":1}",
        "\"x\"",
        "1.5",
        "7",
        "1e999",
        "-1e999",
        "1e-999",
        "NaN",
        "+1",
        ".5",
        "1.",
        "01",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\q\"",
        "\"\\u12g4\"",
        "tru",
        "nullx",
        "",
        "\"\n\"",
        "'x'",
        "0x10",
        "Infinity",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999",
        "1e3",
        "1.0",
        "{\"a\":\"1\",\"a\":\"2\"}"
    };
    private static final String[] INTEGERS = {
        "0",
        "-0",
        "1",
        "9223372036854775807",
        "-9223372036854775808",
        "9007199254740993",
        "4611686018427387904",
        "4294967295",
        "4294967296"
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "-0.0",
        "1e308",
        "-1e308",
        "4.9e-324",
        "1e-400",
        "2.2250738585072014E-308",
        "1.7976931348623157e308",
        "1E5",
        "1e+2",
        "9007199254740993",
        "123456789012345678901234567890",
        "0.1",
        "3",
        "-7.25"
    };
    private static final String[] OUTSIDE = {
        "",
        " ",
        "null",
        "7",
        "[]",
        "\"text\"",
        "{",
        "}",
        "{}",
        "not json",
        "{\"event_id\"",
        "\ufeff{}",
        "\u0000",
        "{}{}",
        "{} x",
        "{,}",
        "{\"a\":1,}",
        "//",
        "/**/{}",
        "<xml/>",
        "{\"a\" 1}",
        "[{}]",
        "{\"\":{}}"
    };
    private static final byte[][] BAD_BYTES = {
        {(byte) 0xff},
        {(byte) 0xc0, (byte) 0xaf},
        {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
        {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
        {(byte) 0xe2, (byte) 0x28, (byte) 0xa1},
        {(byte) 0x80},
        {0}
    };
    private static final String ALPHABET = "{}[]\",:\\/-+.0123456789eEtrufalsn \n\t\u00e9'";
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS");
    private static final long SECOND = 1_000_000;
    private static final long DAY = 86_400 * SECOND;

    private final Random random;

    Hostile(Random random) {
        this.random = random;
    }

    /** A click around {@code timestamp}, in microseconds since 1970. */
    byte[] click(long timestamp) {
        List<String> fields = new ArrayList<>(List.of(
                field("event_id", text("c" + random.nextInt(60_000))),
                field("ad_id", integer(random.nextInt(40))),
                field("clicked_at", time(timestamp))));
        some(fields, 8, field("campaign_id", integer(random.nextInt(5))));
        some(fields, 8, field("user_id", text("u" + random.nextInt(2_000))));
        some(fields, 8, field("country", TEXTS[random.nextInt(3)]));
        some(fields, 8, field("device", random.nextBoolean() ? "\"phone\"" : "\"desk\""));
        some(fields, 8, field("cost_micros", integer(random.nextInt(1_000_000))));
        some(fields, 9, field("is_valid", random.nextInt(8) > 0 ? "true" : random.nextBoolean() ? "false" : "null"));
        return payload(
                fields,
                List.of(
                        "event_id",
                        "ad_id",
                        "campaign_id",
                        "user_id",
                        "country",
                        "device",
                        "cost_micros",
                        "is_valid",
                        "clicked_at"));
    }

    /** A sample around {@code timestamp}, in microseconds since 1970. */
    byte[] sample(long timestamp) {
        List<String> fields = new ArrayList<>(List.of(
                field("metric", text("m" + random.nextInt(4))),
                field("value", number()),
                field("time", time(timestamp))));
        some(fields, 9, field("labels", labels()));
        return payload(fields, List.of("metric", "labels", "value", "time"));
    }

    private void some(List<String> fields, int inTen, String field) {
        if (random.nextInt(10) < inTen) {
            fields.add(field);
        }
    }

    private byte[] payload(List<String> fields, List<String> names) {
        int dice = random.nextInt(10_000);
        if (dice < 150) {
            return bytes(OUTSIDE[random.nextInt(OUTSIDE.length)]);
        }
        if (dice < 900) {
            fields.set(random.nextInt(fields.size()), field(pick(names), WRONG[random.nextInt(WRONG.length)]));
        } else if (dice < 1_100) {
            fields.remove(random.nextInt(fields.size()));
        } else if (dice < 1_300) {
            fields.add(fields.get(random.nextInt(fields.size())));
        } else if (dice < 1_800) {
            fields.set(random.nextInt(fields.size()), field(pick(names), TEXTS[random.nextInt(TEXTS.length)]));
        } else if (dice < 2_600) {
            fields.add(random.nextInt(fields.size() + 1), unknown());
        } else if (dice < 2_604) {
            fields.add(field("pad", "\"" + "x".repeat(random.nextInt(4) * 90_000) + "\""));
        } else if (dice < 2_606) {
            fields.add(field("k".repeat(random.nextBoolean() ? 40_000 : 60_000), "1"));
        }
        if (random.nextInt(6) == 0) {
            Collections.shuffle(fields, random);
        }
        String comma = random.nextInt(10) == 0 ? " ,\n\t" : ",";
        byte[] payload = bytes((random.nextInt(500) == 0 ? "\ufeff" : "") + "{" + String.join(comma, fields) + "}"
                + (random.nextInt(30) == 0 ? " \r\n" : ""));
        for (int i = random.nextInt(12) == 0 ? 1 + random.nextInt(3) : 0; i > 0; i--) {
            payload = mutated(payload);
        }
        return payload;
    }

    private String unknown() {
        return switch (random.nextInt(9)) {
            case 0 -> field("extra", "[".repeat(900) + "]".repeat(900));
            case 1 ->
                random.nextInt(4) == 0
                        ? field("extra", "[".repeat(1_200) + "]".repeat(1_200))
                        : field(random.nextBoolean() ? "\\ud800" : "\\udc00", "1");
            case 2 -> field("extra", "9".repeat(random.nextInt(4) == 0 ? 1_200 : 900));
            case 3 -> field("extra", "{\"event_id\":\"other\",\"time\":{\"time\":[]}}");
            case 4 -> field("extra", WRONG[random.nextInt(WRONG.length)]);
            case 5 -> field("Event_Id", "7");
            case 6 -> field("event\\u005fid", "\"escaped\"");
            case 7 -> field("", "null");
            default -> field("extra", "\"\\ud800 \\u0000\"");
        };
    }

    private byte[] mutated(byte[] payload) {
        if (payload.length == 0) {
            return payload;
        }
        int at = random.nextInt(payload.length);
        int end = Math.min(payload.length, at + 1 + random.nextInt(12));
        return switch (random.nextInt(6)) {
            case 0 ->
                spliced(payload, at, at + 1, new byte[] {(byte) ALPHABET.charAt(random.nextInt(ALPHABET.length()))});
            case 1 -> spliced(payload, at, at, new byte[] {(byte) ALPHABET.charAt(random.nextInt(ALPHABET.length()))});
            case 2 -> spliced(payload, at, at + 1, new byte[0]);
            case 3 -> spliced(payload, at, at, Arrays.copyOfRange(payload, at, end));
            case 4 -> spliced(payload, at, at + random.nextInt(2), BAD_BYTES[random.nextInt(BAD_BYTES.length)]);
            default -> Arrays.copyOf(payload, at);
        };
    }

    private static byte[] spliced(byte[] payload, int from, int to, byte[] other) {
        byte[] result = new byte[from + other.length + payload.length - to];
        System.arraycopy(payload, 0, result, 0, from);
        System.arraycopy(other, 0, result, from, other.length);
        System.arraycopy(payload, to, result, from + other.length, payload.length - to);
        return result;
    }

    private String text(String usual) {
        return random.nextInt(40) == 0 ? TEXTS[random.nextInt(TEXTS.length)] : "\"" + usual + "\"";
    }

    private String integer(int usual) {
        return random.nextInt(60) == 0 ? INTEGERS[random.nextInt(INTEGERS.length)] : Integer.toString(usual);
    }

    private String number() {
        return random.nextInt(30) == 0
                ? NUMBERS[random.nextInt(NUMBERS.length)]
                : Double.toString(random.nextInt(4_000) / 8.0 - 100);
    }

    private String labels() {
        if (random.nextInt(12) == 0) {
            return "null";
        }
        List<String> labels = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            String value = random.nextInt(50) == 0 ? "null" : text("v" + random.nextInt(2));
            labels.add((random.nextInt(60) == 0
                            ? TEXTS[random.nextInt(TEXTS.length)]
                            : i == 1 ? "\"service\"" : "\"host\"")
                    + ":" + value);
        }
        Collections.shuffle(labels, random);
        return "{" + String.join(",", labels) + "}";
    }

    private String time(long timestamp) {
        long micros = timestamp
                - switch (random.nextInt(40)) {
                    case 0 -> 7 * DAY;
                    case 1 -> 7 * DAY + 1;
                    case 2 -> 7 * DAY - 1;
                    case 3 -> -3_600 * SECOND;
                    case 4 -> -3_600 * SECOND - 1;
                    case 5 -> -3_600 * SECOND + 1;
                    case 6 -> random.nextInt(9) * DAY;
                    case 7, 8, 9 -> random.nextInt(86_400) * SECOND;
                    default -> random.nextInt(900) * SECOND / 2 * 2;
                };
        if (random.nextInt(6) > 0) {
            micros -= Math.floorMod(micros, SECOND); // so that there are duplicates among samples
        }
        if (random.nextInt(3) == 0) {
            return Long.toString(Math.floorDiv(micros, 1_000));
        }
        Instant at = Instant.EPOCH
                .plusSeconds(Math.floorDiv(micros, SECOND))
                .plusNanos(Math.floorMod(micros, SECOND) * 1_000);
        String local = LOCAL.format(at.atOffset(ZoneOffset.UTC));
        return switch (random.nextInt(60)) {
            case 0 -> "\"" + local + "\"";
            case 1 -> "\"" + local.replace('T', ' ') + "Z\"";
            case 2 -> "\"" + LOCAL.format(at.atOffset(ZoneOffset.ofHoursMinutes(5, 30))) + "+05:30\"";
            case 3 -> "\"" + LOCAL.format(at.atOffset(ZoneOffset.ofHours(-18))) + "-18:00\"";
            case 4 -> "\"" + local + " BST\"";
            case 5 -> "\"" + local.substring(0, 10) + "\"";
            case 6 -> "\"" + local.substring(0, 5) + "02-30T10:00:00Z\"";
            case 7 -> "\"" + local + "+19:00\"";
            default -> "\"" + local.substring(0, micros % SECOND == 0 ? 19 : 26) + "Z\"";
        };
    }

    private String pick(List<String> names) {
        return names.get(random.nextInt(names.size()));
    }

    private static String field(String name, String value) {
        return "\"" + name + "\":" + value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
