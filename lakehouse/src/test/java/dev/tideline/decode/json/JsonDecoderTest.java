package dev.tideline.decode.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonDecoderTest {
    private static final int MAX = 4096;
    private static final StructType SCHEMA = StructType.fromDDL("""
            id STRING NOT NULL, n BIGINT, i INT, x DOUBLE, f FLOAT, b BOOLEAN, d DECIMAL(6,2), day DATE, at TIMESTAMP,
            labels MAP<STRING,STRING>, list ARRAY<INT>, inner STRUCT<a: INT NOT NULL, b: STRING>""");
    private static final JsonDecoder DECODER = new JsonDecoder(SCHEMA, MAX);

    @Test
    void readsEveryType() {
        InternalRow row = accepted("""
                {"id":"a","n":-9223372036854775808,"i":2147483647,"x":1.5e3,"f":-0.25,"b":true,"d":1234.50,
                 "day":"2026-11-20","at":"2026-11-20T10:11:12.123456Z","labels":{"b":"2","a":"1"},"list":[3,null,1],
                 "inner":{"b":"y","a":7}}""");

        assertThat(row.getUTF8String(2).toString()).isEqualTo("a");
        assertThat(row.getLong(3)).isEqualTo(Long.MIN_VALUE);
        assertThat(row.getInt(4)).isEqualTo(Integer.MAX_VALUE);
        assertThat(row.getDouble(5)).isEqualTo(1500.0);
        assertThat(row.getFloat(6)).isEqualTo(-0.25f);
        assertThat(row.getBoolean(7)).isTrue();
        assertThat(row.getDecimal(8, 6, 2).toJavaBigDecimal()).isEqualByComparingTo("1234.5");
        assertThat(row.getInt(9)).isEqualTo(java.time.LocalDate.of(2026, 11, 20).toEpochDay());
        assertThat(row.getLong(10)).isEqualTo(micros("2026-11-20T10:11:12.123456Z"));
        assertThat(keys(row.getMap(11))).containsExactly("a", "b");
        ArrayData list = row.getArray(12);
        assertThat(List.of(list.getInt(0), list.isNullAt(1), list.getInt(2))).isEqualTo(List.of(3, true, 1));
        assertThat(row.getStruct(13, 2).getInt(0)).isEqualTo(7);
    }

    @Test
    void readsNullAndAbsentAlikeAndIgnoresFieldsThatTheSchemaDoesNotKnow() {
        InternalRow row = accepted("""
                {"id":"a","n":null,"extra":{"deep":[1,{"x":"y"}]},"Id":"other","more":1e999}""");

        assertThat(row.getUTF8String(2).toString()).isEqualTo("a");
        for (int i = 3; i < SCHEMA.size() + 2; i++) {
            assertThat(row.isNullAt(i)).as(SCHEMA.fieldNames()[i - 2]).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "7",
                "[]",
                "\"text\"",
                "not json",
                "{",
                "{\"id\":\"a\"",
                "{\"id\":\"a\"} x",
                "{\"id\":\"a\"}{}",
                "{\"id\":\"a\",}",
                "{'id':'a'}",
                "{id:\"a\"}",
                "{\"id\":\"a\"} // comment",
                "{\"id\":NaN}",
                "{\"id\":\"a\",\"i\":007}",
                "{\"id\":\"a\nb\"}",
                "{\"id\":\"\\q\"}",
                "{\"id\":\"\\ud800\"",
                "{\"id\":\"a\",\"x\":Infinity}",
                "{\"id\":\"a\",\"i\":+1}",
                "{\"id\":\"a\",\"x\":.5}",
            })
    void refusesWhatIsNotOneJsonObject(String payload) {
        assertThat(reason(payload)).isEqualTo("not_json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"id\":null}",
                "{\"Id\":\"a\"}",
                "{\"id\":\"a\",\"inner\":{}}",
                "{\"id\":\"a\",\"inner\":{\"a\":null}}"
            })
    void refusesAnObjectWithoutAColumnThatMayNotBeNull(String payload) {
        assertThat(reason(payload)).isEqualTo("missing_field");
    }

    /** Two ids of which a character's half is replaced would be one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"x\\ud800\"}",
                "{\"id\":\"x\\udc00\"}",
                "{\"id\":\"\\udc00\\ud800\"}",
                "{\"id\":\"a\",\"labels\":{\"k\":\"\\ud801\"}}",
                "{\"id\":\"a\",\"labels\":{\"\\ud801\":\"v\"}}"
            })
    void refusesHalfOfACharacter(String payload) {
        assertThat(reason(payload)).isEqualTo("not_json");
    }

    @Test
    void takesWholeCharactersOfTwoHalves() {
        assertThat(decode("{\"id\":\"x\\ud83d\\ude00\"}").getUTF8String(2))
                .asString()
                .isEqualTo("x\ud83d\ude00");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "id     | 7 | expected a string, found 7",
                "id     | {\"x\":1} | expected a string, found an object",
                "n      | \"7\" | expected a 64-bit integer, found '7'",
                "n      | 7.0 | expected a 64-bit integer, found 7.0",
                "n      | 7e2 | expected a 64-bit integer, found 7e2",
                "n      | 9223372036854775808 | expected a 64-bit integer, found 9223372036854775808",
                "n      | true | expected a 64-bit integer, found true",
                "i      | 2147483648 | expected a 32-bit integer, found 2147483648",
                "x      | \"1.5\" | expected a finite number, found '1.5'",
                "x      | 1e999 | expected a finite number, found 1e999",
                "x      | -1e999999999 | expected a finite number, found -1e999999999",
                "f      | 1e39 | expected a finite number, found 1e39",
                "b      | 1 | expected true or false, found 1",
                "b      | \"true\" | expected true or false, found 'true'",
                "d      | 12345.00 | expected a DECIMAL(6, 2), found 12345.00",
                "d      | 0.001 | expected a DECIMAL(6, 2), found 0.001",
                "d      | 1e400000000 | expected a DECIMAL(6, 2), found 1e400000000",
                "d      | \"1\" | expected a DECIMAL(6, 2), found '1'",
                "day    | \"2026-02-30\" | expected a date (2026-11-20), found '2026-02-30'",
                "day    | \"20261120\" | expected a date",
                "day    | 7 | expected a date",
                "at     | \"2026\" | expected a time (ISO-8601 or epoch milliseconds), found '2026'",
                "at     | \"2026-11-20\" | expected a time",
                "at     | \"today\" | expected a time",
                "at     | \"2026-11-20T10:11:12+01:00Z\" | expected a time",
                "at     | \"2026-11-20T10:11:12ZZ\" | expected a time",
                "at     | \"2026-11-20T10:11:Z\" | expected a time",
                "at     | \"2026-11-20T10:11Z\" | expected a time",
                "at     | \"2026-11-20T10     Z\" | expected a time",
                "at     | \"2026-11-20T25:00:00Z\" | expected a time",
                "at     | \"2026-11-20T10:00:00 BST\" | expected a time",
                "at     | \"2026-11-20T10:00:00IST\" | expected a time",
                "at     | \"2026-11-20 10:00:00 Europe/Berlin\" | expected a time",
                "at     | \"2026-11-20T10:00:00GMT+1\" | expected a time",
                "at     | \"2026-02-30T10:00:00Z\" | expected a time",
                "at     | \"2026-11-20T10:00:00Z and more\" | expected a time",
                "at     | \"2026-11-20T10:00:00+99:00\" | expected a time",
                "at     | 1.5 | expected a time",
                "at     | 9223372036854775807 | expected a time",
                "at     | 253402300800000 | expected a time",
                "at     | -9223372036854775808 | expected a time",
                "labels | {\"a\":\"1\",\"a\":\"2\"} | key a stands twice",
                "labels | {\"a\":1} | expected a string, found 1",
                "labels | [] | expected an object, found an array",
                "list   | {\"a\":1} | expected an array, found an object",
                "list   | [1,\"2\"] | expected a 32-bit integer, found '2'",
                "inner  | {\"a\":1,\"a\":2} | a stands twice",
            })
    void refusesAValueThatIsNotOfItsColumnsType(String column, String value, String detail) {
        String payload =
                column.equals("id") ? "{\"id\":" + value + "}" : "{\"id\":\"a\",\"" + column + "\":" + value + "}";
        InternalRow row = decode(payload);

        assertThat(row.getUTF8String(0)).asString().isEqualTo("mistyped_field");
        assertThat(row.getUTF8String(1)).asString().startsWith(column + ": " + detail);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"a\",\"id\":\"b\"}",
                "{\"id\":\"a\",\"n\":1,\"n\":1}",
                "{\"id\":\"a\",\"n\":null,\"n\":1}",
                "{\"id\":\"a\",\"n\":1,\"n\":null}",
                "{\"id\":\"a\",\"inner\":{\"a\":1,\"b\":\"x\",\"b\":null}}",
                "{\"id\":\"a\",\"inner\":{\"a\":1,\"b\":null,\"b\":\"x\"}}",
            })
    void refusesAKeyThatStandsTwice(String payload) {
        assertThat(reason(payload)).isEqualTo("mistyped_field");
    }

    @ParameterizedTest
    @CsvSource({
        "1763633472123,                       2025-11-20T10:11:12.123Z",
        "-1,                                  1969-12-31T23:59:59.999Z",
        "0,                                   1970-01-01T00:00:00Z",
        "'\"2026-11-20T10:11:12Z\"',          2026-11-20T10:11:12Z",
        "'\"2026-11-20T10:11:12\"',           2026-11-20T10:11:12Z",
        "'\"2026-11-20 10:11:12\"',           2026-11-20T10:11:12Z",
        "'\"2026-11-20T10:11\"',              2026-11-20T10:11:00Z",
        "'\"2026-11-20T01:11:12.5+05:30\"',   2026-11-19T19:41:12.5Z",
        "'\"2026-11-20T23:11:12-08:00\"',     2026-11-21T07:11:12Z",
        "'\"2026-11-20 10:11:12.5Z\"',        2026-11-20T10:11:12.5Z",
    })
    void readsTimesAsEpochMillisecondsOrIsoWithAnyOffset(String time, Instant expected) {
        assertThat(accepted("{\"id\":\"a\",\"at\":" + time + "}").getLong(10))
                .isEqualTo(ChronoUnit.MICROS.between(Instant.EPOCH, expected));
    }

    @Test
    void readsTimesAlikeInAnyDefaultZone() {
        java.util.TimeZone before = java.util.TimeZone.getDefault();
        try {
            java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("America/New_York"));
            assertThat(accepted("{\"id\":\"a\",\"at\":\"2026-11-20T10:11:12\"}").getLong(10))
                    .isEqualTo(micros("2026-11-20T10:11:12Z"));
        } finally {
            java.util.TimeZone.setDefault(before);
        }
    }

    @Test
    void sortsLabelsSoThatEqualMapsAreEqualBytes() {
        MapData one = accepted("{\"id\":\"a\",\"labels\":{\"z\":\"1\",\"é\":\"2\",\"a\":\"3\",\"\":\"4\"}}")
                .getMap(11);
        MapData other = accepted("{\"id\":\"a\",\"labels\":{\"\":\"4\",\"a\":\"3\",\"z\":\"1\",\"é\":\"2\"}}")
                .getMap(11);

        assertThat(keys(one)).containsExactly("", "a", "z", "é").isEqualTo(keys(other));
    }

    @Test
    void refusesWhatIsEmptyOrTooLarge() {
        assertThat(DECODER.decode(null).getUTF8String(0)).asString().isEqualTo("not_json");
        assertThat(DECODER.decode(new byte[0]).getUTF8String(0)).asString().isEqualTo("not_json");
        String edge = "{\"id\":\"" + "x".repeat(MAX - 9) + "\"}";
        assertThat(edge).hasSize(MAX);
        assertThat(reason(edge)).isNull();
        InternalRow row = decode(edge + " ");
        assertThat(row.getUTF8String(0)).asString().isEqualTo("oversized");
        assertThat(row.getUTF8String(1)).asString().isEqualTo("4097 bytes, at most 4096");
    }

    @Test
    void refusesInvalidUtf8() {
        for (byte[] invalid : List.of(new byte[] {(byte) 0xff}, new byte[] {(byte) 0xc0, (byte) 0xaf}, new byte[] {
            (byte) 0xe2, (byte) 0x28, (byte) 0xa1
        })) {
            byte[] payload = "{\"id\":\"a____\"}".getBytes(StandardCharsets.UTF_8);
            System.arraycopy(invalid, 0, payload, 8, invalid.length);
            assertThat(DECODER.decode(payload).getUTF8String(0)).asString().isEqualTo("not_json");
        }
    }

    @Test
    void refusesTextThatIsNotUtf8EvenWhereItLooksLikeJson() {
        String json = "{\"id\":\"a\"}";
        assertThat(DECODER.decode(json.getBytes(StandardCharsets.UTF_16BE)).getUTF8String(0))
                .asString()
                .isEqualTo("not_json");
        assertThat(DECODER.decode(json.getBytes(StandardCharsets.UTF_16LE)).getUTF8String(0))
                .asString()
                .isEqualTo("not_json");
    }

    @Test
    void survivesDeepNestingAndHugeNumbers() {
        JsonDecoder roomy = new JsonDecoder(SCHEMA, 1 << 20);
        for (String hostile : List.of(
                "{\"id\":\"a\",\"extra\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
                "{\"id\":\"a\",\"n\":" + "9".repeat(100_000) + "}",
                "{\"id\":\"a\",\"d\":" + "9".repeat(900) + "}",
                "{\"id\":\"a\",\"d\":1e-2147483648}",
                "{\"id\":\"a\",\"x\":1" + "0".repeat(5_000) + "e-5000}",
                "{\"" + "k".repeat(200_000) + "\":1}")) {
            long began = System.nanoTime();
            assertThat(roomy.decode(bytes(hostile)).isNullAt(0))
                    .as(hostile.substring(0, 20))
                    .isFalse();
            assertThat(System.nanoTime() - began).isLessThan(2_000_000_000L);
        }
    }

    @Test
    void keepsTheDetailShort() {
        String detail = decode("{\"id\":\"a\",\"n\":\"" + "x".repeat(3000) + "\"}")
                .getUTF8String(1)
                .toString();

        assertThat(detail).hasSizeLessThan(210).endsWith("…");
    }

    @Test
    void neverThrowsWhateverIsInThePayload() {
        long seed = Long.getLong("tideline.seed", 4);
        Random random = new Random(seed);
        byte[] valid = bytes("""
                {"id":"a","n":12,"i":3,"x":1.5e3,"f":-0.25,"b":true,"d":34.50,"day":"2026-11-20","at":"2026-11-20T10:11:12.123Z",
                "labels":{"b":"2","é":"1"},"list":[3,null,1],"inner":{"b":"y","a":7},"more":[{"x":"\\u00e9"}]}""");
        String alphabet = "{}[]\",:\\/-+.0123456789eEtrufalsn \n\u0000\u00e9";
        int accepted = 0;
        for (int n = 0; n < 5_000; n++) {
            byte[] payload = valid.clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                payload = mutated(payload, random, alphabet);
            }
            InternalRow row = null;
            try {
                row = DECODER.decode(payload);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError(
                        "seed " + seed + ", round " + n + ": " + new String(payload, StandardCharsets.UTF_8), e);
            }
            String reason = row.isNullAt(0) ? "" : row.getUTF8String(0).toString();
            assertThat(reason).as("seed %s, round %s", seed, n).isIn("", "not_json", "missing_field", "mistyped_field");
            assertThat(row.isNullAt(1)).isEqualTo(reason.isEmpty());
            accepted += reason.isEmpty() ? 1 : 0;
        }
        assertThat(accepted).isBetween(100, 4_000);
    }

    private static byte[] mutated(byte[] payload, Random random, String alphabet) {
        int at = random.nextInt(payload.length);
        List<Byte> bytes = new ArrayList<>();
        for (byte b : payload) {
            bytes.add(b);
        }
        byte other = random.nextInt(8) == 0
                ? (byte) random.nextInt(256)
                : (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        switch (random.nextInt(4)) {
            case 0 -> bytes.set(at, other);
            case 1 -> bytes.add(at, other);
            case 2 -> bytes.remove(at);
            default ->
                bytes.addAll(
                        random.nextInt(bytes.size()), List.copyOf(bytes.subList(at, Math.min(bytes.size(), at + 12))));
        }
        byte[] result = new byte[bytes.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = bytes.get(i);
        }
        return result;
    }

    private static List<String> keys(MapData map) {
        List<String> keys = new ArrayList<>();
        for (Object key : map.keyArray().toObjectArray(DataTypes.StringType)) {
            keys.add(key.toString());
        }
        return keys;
    }

    private static long micros(String instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(instant));
    }

    private static InternalRow accepted(String payload) {
        InternalRow row = decode(payload);
        assertThat(row.isNullAt(0))
                .as("%s", row.isNullAt(1) ? "" : row.getUTF8String(1))
                .isTrue();
        return row;
    }

    private static String reason(String payload) {
        InternalRow row = decode(payload);
        return row.isNullAt(0) ? null : row.getUTF8String(0).toString();
    }

    private static InternalRow decode(String payload) {
        return DECODER.decode(bytes(payload));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
