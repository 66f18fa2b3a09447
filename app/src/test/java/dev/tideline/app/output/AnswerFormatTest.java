package dev.tideline.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AnswerFormatTest {
    private static final List<Object> ROW = Arrays.asList(
            null,
            "",
            "a,\"b\"",
            Long.MIN_VALUE,
            new BigDecimal("12345678901234567890123456.7800"),
            Double.POSITIVE_INFINITY,
            0.1,
            Instant.parse("2026-11-20T10:00:00.123456Z"),
            Map.of("k", ""));

    @ParameterizedTest
    @EnumSource(names = {"TABLE", "CSV"})
    void valuesAreWhole(AnswerFormat format) {
        assertThat(printed(format))
                .contains(
                        "-9223372036854775808",
                        "12345678901234567890123456.7800",
                        "Infinity",
                        "0.1",
                        "2026-11-20 10:00:00.123456");
    }

    @Test
    void csvTellsNullFromAnEmptyText() {
        assertThat(printed(AnswerFormat.CSV).lines().skip(1))
                .containsExactly(
                        ",\"\",\"a,\"\"b\"\"\",-9223372036854775808,12345678901234567890123456.7800,Infinity,0.1,"
                                + "2026-11-20 10:00:00.123456,\"{\"\"k\"\":\"\"\"\"}\"");
    }

    @Test
    void aTimeInJsonIsWhole() {
        assertThat(printed(AnswerFormat.JSON))
                .contains(
                        "\"2026-11-20T10:00:00.123456Z\"",
                        "12345678901234567890123456.7800",
                        "\"b\":\"\"",
                        "\"a\":null");
    }

    private static String printed(AnswerFormat format) {
        StringWriter text = new StringWriter();
        format.print(List.of("a", "b", "c", "d", "e", "f", "g", "h", "i"), List.of(ROW), new PrintWriter(text, true));
        return text.toString();
    }
}
