package dev.tideline.embedded;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Payloads, assembled byte by byte because a benchmark must not wait for its input. {@code clicked_at} is now ISO-8601
 * text (mostly UTC, sometimes with an offset) and now epoch milliseconds; some clicks have a field more than the feed
 * declares.
 */
final class ClickJson {
    private static final long DAY = 86_400_000;
    private static final int OVERSIZE = (256 << 10) + 1;
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

    private static final byte[] EVENT_ID = ascii("{\"event_id\":\"");
    private static final byte[] AD = ascii("\",\"ad_id\":");
    private static final byte[] CAMPAIGN = ascii(",\"campaign_id\":");
    private static final byte[] USER = ascii(",\"user_id\":\"u");
    private static final byte[] COUNTRY = ascii(",\"country\":\"");
    private static final byte[] NO_COUNTRY = ascii(",\"country\":null");
    private static final byte[] DEVICE = ascii(",\"device\":\"");
    private static final byte[] COST = ascii("\",\"cost_micros\":");
    private static final byte[] VALID = ascii(",\"is_valid\":true");
    private static final byte[] INVALID = ascii(",\"is_valid\":false");
    private static final byte[] EXTRA = ascii(",\"referrer\":{\"site\":\"example.org\",\"position\":3}");
    private static final byte[] CLICKED_AT = ascii(",\"clicked_at\":");
    private static final byte[] OFFSET = ascii("+02:00\"");

    private final SplittableRandom random;
    private final byte[] buffer = new byte[512];
    private int size;
    private long dateOfDay = Long.MIN_VALUE;
    private byte[] date = {};

    ClickJson(SplittableRandom random) {
        this.random = random;
    }

    /** Sixteen hexadecimal digits, other ones for each number. */
    static byte[] eventId(long seed, long number) {
        long bits = Mix.of(Mix.of(seed) + number);
        byte[] text = new byte[16];
        for (int i = 15; i >= 0; i--) {
            text[i] = HEX[(int) bits & 15];
            bits >>>= 4;
        }
        return text;
    }

    byte[] payload(Click click, byte[] eventId, Fate fate) {
        byte[] sound = sound(click, eventId);
        return switch (fate) {
            case ACCEPTED, NEGATIVE_COST, TOO_LATE, FROM_FUTURE -> sound;
            case NULL_PAYLOAD -> null;
            default -> broken(new String(sound, US_ASCII), fate);
        };
    }

    private byte[] sound(Click click, byte[] eventId) {
        size = 0;
        put(EVENT_ID);
        put(eventId);
        put(AD);
        put(click.adId());
        put(CAMPAIGN);
        put(click.campaignId());
        if (click.user() != 0) {
            put(USER);
            put(click.user());
            put('"');
        }
        if (click.country().isEmpty()) {
            put(NO_COUNTRY);
        } else {
            put(COUNTRY);
            put(click.country());
            put('"');
        }
        put(DEVICE);
        put(click.device());
        put(COST);
        put(click.costMicros());
        put(click.isValid() ? VALID : INVALID);
        int style = random.nextInt(64);
        if (style == 0) {
            put(EXTRA);
        }
        put(CLICKED_AT);
        if (style % 2 == 0) {
            put(click.eventTimeMs());
        } else if (style == 1) {
            putTime(click.eventTimeMs() + 2 * 3_600_000);
            put(OFFSET);
        } else {
            putTime(click.eventTimeMs());
            put('Z');
            put('"');
        }
        put('}');
        return Arrays.copyOf(buffer, size);
    }

    /** Of each kind of damage several forms, at random: slower, but rare. */
    private byte[] broken(String sound, Fate fate) {
        int form = random.nextInt(4);
        String text = switch (fate) {
            case NOT_JSON ->
                switch (form) {
                    case 0 -> "";
                    case 1 -> sound.substring(0, sound.length() / 2);
                    case 2 -> "ad=7&country=DE";
                    default -> "\u00ff\u0000\u00fe";
                };
            case MISSING_FIELD ->
                switch (form) {
                    case 0 -> sound.replaceFirst("\"event_id\":\"\\w+\",", "");
                    case 1 -> sound.replaceFirst("\"ad_id\":\\d+,", "");
                    case 2 -> sound.replaceFirst(",\"clicked_at\":[^}]+", "");
                    default -> sound.replaceFirst("\"event_id\":\"\\w+\"", "\"event_id\":null");
                };
            case MISTYPED_FIELD ->
                switch (form) {
                    case 0 -> sound.replaceFirst("\"ad_id\":\\d+", "\"ad_id\":\"banner\"");
                    case 1 -> sound.replaceFirst("\"cost_micros\":\\d+", "\"cost_micros\":\"free\"");
                    case 2 -> sound.replaceFirst("\"is_valid\":\\w+", "\"is_valid\":\"perhaps\"");
                    default -> sound.replaceFirst("\"clicked_at\":[^}]+", "\"clicked_at\":\"yesterday\"");
                };
            case TRAILING_GARBAGE ->
                switch (form) {
                    case 0 -> sound + "x";
                    case 1 -> sound + sound;
                    case 2 -> sound.replaceFirst("\"cost_micros\":(\\d+)", "\"cost_micros\":$1EUR");
                    default -> sound.replaceFirst("\"ad_id\":(\\d+)", "\"ad_id\":\"$1 (old)\"");
                };
            case OVERSIZED -> sound.replaceFirst("}$", ",\"note\":\"" + "x".repeat(OVERSIZE) + "\"}");
            default -> throw new IllegalArgumentException("Cannot break a click: it is " + fate);
        };
        return text.getBytes(ISO_8859_1);
    }

    /** {@code "2026-11-20T10:15:30.123} without its end. */
    private void putTime(long epochMs) {
        long day = Math.floorDiv(epochMs, DAY);
        if (day != dateOfDay) {
            date = ascii("\"" + LocalDate.ofEpochDay(day) + "T");
            dateOfDay = day;
        }
        int ms = (int) Math.floorMod(epochMs, DAY);
        put(date);
        putTwo(ms / 3_600_000);
        put(':');
        putTwo(ms / 60_000 % 60);
        put(':');
        putTwo(ms / 1000 % 60);
        put('.');
        put((char) ('0' + ms / 100 % 10));
        putTwo(ms % 100);
    }

    private void putTwo(int number) {
        put((char) ('0' + number / 10));
        put((char) ('0' + number % 10));
    }

    private void put(long number) {
        if (number < 0) {
            put('-');
            put(-number);
            return;
        }
        int digits = 1;
        for (long rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = number;
        for (int i = size + digits - 1; i >= size; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
    }

    private void put(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            buffer[size++] = (byte) ascii.charAt(i);
        }
    }

    private void put(byte[] bytes) {
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    private void put(char ascii) {
        buffer[size++] = (byte) ascii;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
