package dev.tideline.decode.json;

import java.time.DateTimeException;
import java.time.LocalDate;

/**
 * Times as nearly everyone writes them, {@code 2026-11-20T13:45:00.123Z}, with no digits to six after the second. Spark's parser
 * reads the same, and every other form of ISO-8601, in ten times the time.
 */
final class IsoTime {
    /** Says that the text has another form, which need not be wrong. */
    static final long OTHER = Long.MIN_VALUE;

    private static final byte[] FORM = "dddd-dd-ddTdd:dd:dd".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final int MOST_DIGITS = 6;

    private IsoTime() {}

    /** Microseconds since 1970 (UTC), or {@link #OTHER}. */
    static long micros(byte[] text) {
        int last = text.length - 1;
        if (last < FORM.length || text[last] != 'Z' || !hasForm(text)) {
            return OTHER;
        }
        int hour = number(text, 11);
        int minute = number(text, 14);
        int second = number(text, 17);
        long fraction = fraction(text, FORM.length, last);
        if (hour > 23 || minute > 59 || second > 59 || fraction < 0) {
            return OTHER;
        }
        try {
            long day = LocalDate.of(number(text, 0) * 100 + number(text, 2), number(text, 5), number(text, 8))
                    .toEpochDay();
            return (((day * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction;
        } catch (DateTimeException e) {
            return OTHER;
        }
    }

    /**
     * Whether the text is at least a date, a T or a blank, and a time, and names no zone: Spark's parser reads much that is no moment
     * ("2026", "today"), and takes "IST" for one of the three zones that are called so.
     */
    static boolean mayBe(byte[] text) {
        if (text.length < "2026-11-20T13:45".length() || text[4] != '-' || (text[10] != 'T' && text[10] != ' ')) {
            return false;
        }
        int end = text[text.length - 1] == 'Z' ? text.length - 1 : text.length;
        for (int i = 11; i < end; i++) {
            if (!digit(text[i]) && ":.+-".indexOf(text[i]) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasForm(byte[] text) {
        for (int i = 0; i < FORM.length; i++) {
            if (FORM[i] == 'd' ? !digit(text[i]) : text[i] != FORM[i]) {
                return false;
            }
        }
        return true;
    }

    /** Of {@code .123} between two places, in microseconds; 0 of nothing, -1 of anything else. */
    private static long fraction(byte[] text, int from, int to) {
        if (from == to) {
            return 0;
        }
        int digits = to - from - 1;
        if (text[from] != '.' || digits < 1 || digits > MOST_DIGITS) {
            return -1;
        }
        long micros = 0;
        for (int i = 0; i < MOST_DIGITS; i++) {
            byte c = i < digits ? text[from + 1 + i] : (byte) '0';
            if (!digit(c)) {
                return -1;
            }
            micros = micros * 10 + (c - '0');
        }
        return micros;
    }

    private static int number(byte[] text, int at) {
        return (text[at] - '0') * 10 + (text[at + 1] - '0');
    }

    private static boolean digit(byte c) {
        return '0' <= c && c <= '9';
    }
}
