package dev.tideline.decode.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import org.apache.spark.sql.catalyst.util.SparkDateTimeUtils$;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IsoTimeTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1970-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999999Z",
                "2026-11-20T13:45:00.1Z",
                "2024-02-29T23:59:59.120Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999Z"
            })
    void readsWhatJavaReads(String text) {
        Instant moment = Instant.parse(text);
        assertThat(micros(text)).isEqualTo(moment.getEpochSecond() * 1_000_000 + moment.getNano() / 1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Z",
                "2026-11-20",
                "2026-11-20T13:45Z",
                "2026-11-20T13:45:00",
                "2026-11-20 13:45:00Z",
                "2026-11-20T13:45:00+01:00",
                "2026-11-20T13:45:00.Z",
                "2026-11-20T13:45:00.1234567Z",
                "2026-11-20T24:00:00Z",
                "2026-11-20T23:60:00Z",
                "2026-11-20T23:59:60Z",
                "2026-02-29T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-00-10T00:00:00Z",
                "12026-11-20T13:45:00Z",
                "2026-11-20T13:45:00ZZ",
                "2026-11-20T13:45:0 Z"
            })
    void leavesEveryOtherFormToSpark(String text) {
        assertThat(micros(text)).isEqualTo(IsoTime.OTHER);
    }

    /** Whatever it reads, Spark reads alike: a replay by either decides the same. */
    @Test
    void neverReadsAnythingThatSparkReadsOtherwise() {
        Random random = new Random(7);
        int read = 0;
        for (int i = 0; i < 300_000; i++) {
            byte[] text = "2024-02-29T23:59:59.123456Z".getBytes(StandardCharsets.US_ASCII);
            for (int change = random.nextInt(4); change > 0; change--) {
                text[random.nextInt(text.length)] = (byte) "0123456789-:.TZ +x".charAt(random.nextInt(18));
            }
            long micros = IsoTime.micros(text);
            if (micros != IsoTime.OTHER) {
                read++;
                assertThat(SparkDateTimeUtils$.MODULE$
                                .stringToTimestamp(UTF8String.fromBytes(text), ZoneOffset.UTC)
                                .get())
                        .as(new String(text, StandardCharsets.US_ASCII))
                        .isEqualTo(micros);
            }
        }
        assertThat(read).isGreaterThan(100_000);
    }

    private static long micros(String text) {
        return IsoTime.micros(text.getBytes(StandardCharsets.US_ASCII));
    }
}
