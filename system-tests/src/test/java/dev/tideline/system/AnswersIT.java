package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SharedSpark;
import dev.tideline.app.output.AnswerFormat;
import dev.tideline.app.output.SparkAnswer;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values at the edges of their types, in each format of an answer. */
@Tag("lane-b")
class AnswersIT {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "JSON | TIMESTAMP'2026-11-20 10:00:00.123456Z' | {\"v\":\"2026-11-20T10:00:00.123456Z\"}",
                "JSON | TIMESTAMP'2026-11-20 10:00:00.120Z' | {\"v\":\"2026-11-20T10:00:00.120Z\"}",
                "JSON | array(TIMESTAMP'2026-11-20 10:00:00.123456Z') | {\"v\":[\"2026-11-20T10:00:00.123456Z\"]}",
                "JSON | TIMESTAMP_NTZ'2026-11-20 10:00:00.123456' | {\"v\":\"2026-11-20T10:00:00.123456\"}",
                "JSON | CAST(NULL AS TIMESTAMP) | {\"v\":null}",
                "JSON | -9223372036854775807L - 1L | {\"v\":-9223372036854775808}",
                "JSON | 12345678901234567890123456.7800BD | {\"v\":12345678901234567890123456.7800}",
                "JSON | double('Infinity') | {\"v\":\"Infinity\"}",
                "JSON | double('NaN') | {\"v\":\"NaN\"}",
                "JSON | map('k', CAST(NULL AS STRING)) | {\"v\":{\"k\":null}}",
                "CSV | '' | \"\"",
                "CSV | CAST(NULL AS STRING) | ~~",
                "CSV | 0.1D | 0.1",
                "CSV | double('-Infinity') | -Infinity",
                "CSV | TIMESTAMP'2026-11-20 10:00:00.123456Z' | 2026-11-20 10:00:00.123456",
                "CSV | named_struct('a', CAST(NULL AS INT)) | \"{\"\"a\"\":null}\"",
                "CSV | map('k', CAST(NULL AS STRING)) | \"{\"\"k\"\":null}\"",
            })
    void areWhole(AnswerFormat format, String value, String printed) {
        StringWriter out = new StringWriter();
        SparkAnswer.print(format, SharedSpark.session().sql("SELECT " + value + " AS v"), new PrintWriter(out, true));

        assertThat(out.toString().lines().skip(format == AnswerFormat.CSV ? 1 : 0))
                .containsExactly(printed);
    }
}
