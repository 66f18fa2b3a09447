package dev.tideline.decode.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tideline.decode.format.Mismatch;
import dev.tideline.decode.format.Reason;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.catalyst.util.SparkDateTimeUtils$;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;

/** Reads the value at a parser's current token, which is not null, as Spark's internal form of one type. */
interface JsonValue extends Serializable {
    Object read(JsonParser json) throws IOException, Mismatch;

    /** The reader for {@code type}. */
    static JsonValue of(DataType type) {
        if (type instanceof StringType) {
            return JsonValue::string;
        }
        if (type instanceof LongType) {
            return JsonValue::bigint;
        }
        if (type instanceof IntegerType) {
            return JsonValue::integer;
        }
        if (type instanceof DoubleType) {
            return JsonValue::number;
        }
        if (type instanceof FloatType) {
            return JsonValue::real;
        }
        if (type instanceof BooleanType) {
            return JsonValue::bool;
        }
        if (type instanceof TimestampType) {
            return JsonValue::timestamp;
        }
        if (type instanceof DateType) {
            return JsonValue::date;
        }
        if (type instanceof DecimalType decimal) {
            int precision = decimal.precision();
            int scale = decimal.scale();
            return json -> decimal(json, precision, scale);
        }
        if (type instanceof ArrayType array) {
            JsonValue element = of(array.elementType());
            return json -> array(json, element, array.containsNull());
        }
        if (type instanceof MapType map) {
            JsonValue value = of(map.valueType());
            return json -> map(json, value, map.valueContainsNull());
        }
        if (type instanceof StructType struct) {
            return struct(struct);
        }
        throw new IllegalArgumentException("no JSON form for " + type.sql());
    }

    private static Object string(JsonParser json) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw expected("a string", json);
        }
        return text(json);
    }

    /** The parser's characters as Spark's bytes, without a String in between where they are ASCII. */
    private static UTF8String text(JsonParser json) throws IOException, Mismatch {
        char[] characters = json.getTextCharacters();
        int from = json.getTextOffset();
        byte[] bytes = new byte[json.getTextLength()];
        for (int i = 0; i < bytes.length; i++) {
            char c = characters[from + i];
            if (c >= 0x80) {
                return encoded(json.getText());
            }
            bytes[i] = (byte) c;
        }
        return UTF8String.fromBytes(bytes);
    }

    /** Half of a character has no bytes of its own: two texts that differ in it would become one. */
    private static UTF8String encoded(String text) throws Mismatch {
        for (int i = 0; i < text.length(); i++) {
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw new Mismatch(Reason.NOT_JSON, "half of a character: \\u%04x".formatted((int) text.charAt(i)));
            }
        }
        return UTF8String.fromString(text);
    }

    private static Object bool(JsonParser json) throws IOException, Mismatch {
        if (!json.currentToken().isBoolean()) {
            throw expected("true or false", json);
        }
        return json.getBooleanValue();
    }

    private static Object bigint(JsonParser json) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw expected("a 64-bit integer", json);
        }
        return json.getLongValue();
    }

    private static Object integer(JsonParser json) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getNumberType() != JsonParser.NumberType.INT) {
            throw expected("a 32-bit integer", json);
        }
        return json.getIntValue();
    }

    private static Object number(JsonParser json) throws IOException, Mismatch {
        if (!json.currentToken().isNumeric() || !Double.isFinite(json.getDoubleValue())) {
            throw expected("a finite number", json);
        }
        return json.getDoubleValue();
    }

    private static Object real(JsonParser json) throws IOException, Mismatch {
        if (!json.currentToken().isNumeric() || !Float.isFinite(json.getFloatValue())) {
            throw expected("a finite number", json);
        }
        return json.getFloatValue();
    }

    private static Object decimal(JsonParser json, int precision, int scale) throws IOException, Mismatch {
        String type = "a DECIMAL(" + precision + ", " + scale + ")";
        // More digits than any DECIMAL has, or an exponent that would make as many, are refused before they are spelled
        // out.
        if (!json.currentToken().isNumeric() || json.getTextLength() > 80) {
            throw expected(type, json);
        }
        BigDecimal value = json.getDecimalValue();
        boolean sane = value.signum() == 0 || Math.abs((long) value.precision() - value.scale()) <= 40;
        if (!sane || value.stripTrailingZeros().scale() > scale) {
            throw expected(type, json);
        }
        BigDecimal scaled = value.setScale(scale, RoundingMode.UNNECESSARY);
        if (scaled.precision() > precision && scaled.unscaledValue().compareTo(BigInteger.TEN.pow(precision)) >= 0) {
            throw expected(type, json);
        }
        return Decimal.apply(scaled, precision, scale);
    }

    /** Microseconds since 1970 (UTC), from epoch milliseconds or ISO-8601 text; text without an offset is UTC. */
    private static Object timestamp(JsonParser json) throws IOException, Mismatch {
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            long millis = json.getLongValue();
            if (-MAX_MILLIS <= millis && millis <= MAX_MILLIS) {
                return millis * 1000;
            }
        } else if (json.currentToken() == JsonToken.VALUE_STRING) {
            UTF8String text = text(json);
            long micros = IsoTime.micros(text.getBytes());
            if (micros != IsoTime.OTHER) {
                return micros;
            }
            if (IsoTime.mayBe(text.getBytes())) {
                scala.Option<Object> read = SparkDateTimeUtils$.MODULE$.stringToTimestamp(text, ZoneOffset.UTC);
                if (read.isDefined() && Math.abs((Long) read.get()) <= MAX_MILLIS * 1000) {
                    return read.get();
                }
            }
        }
        throw expected("a time (ISO-8601 or epoch milliseconds)", json);
    }

    /** The end of the year 9999. */
    long MAX_MILLIS = 253_402_300_799_999L;

    private static Object date(JsonParser json) throws IOException, Mismatch {
        if (json.currentToken() == JsonToken.VALUE_STRING && json.getTextLength() == 10) {
            try {
                return (int) LocalDate.parse(json.getText()).toEpochDay();
            } catch (DateTimeParseException e) {
                throw expected("a date (2026-11-20)", json);
            }
        }
        throw expected("a date (2026-11-20)", json);
    }

    private static Object array(JsonParser json, JsonValue element, boolean nulls) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw expected("an array", json);
        }
        List<Object> elements = new ArrayList<>();
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            elements.add(valueOrNull(json, element, nulls));
        }
        return new GenericArrayData(elements.toArray());
    }

    /** Keys in byte order, so that equal maps are equal bytes; a key that stands twice has no one value. */
    private static Object map(JsonParser json, JsonValue value, boolean nulls) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw expected("an object", json);
        }
        // By bytes: their own order first looks into the environment, whether Spark is tested.
        Map<UTF8String, Object> entries = new TreeMap<>(UTF8String::binaryCompare);
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            int before = entries.size();
            entries.put(encoded(name), valueOrNull(json, value, nulls));
            if (entries.size() == before) {
                throw new Mismatch(Reason.MISTYPED_FIELD, "key " + name + " stands twice");
            }
        }
        return new ArrayBasedMapData(
                new GenericArrayData(entries.keySet().toArray()),
                new GenericArrayData(entries.values().toArray()));
    }

    private static JsonValue struct(StructType type) {
        StructField[] fields = type.fields();
        Map<String, Integer> index = new java.util.HashMap<>();
        JsonValue[] values = new JsonValue[fields.length];
        for (int i = 0; i < fields.length; i++) {
            index.put(fields[i].name(), i);
            values[i] = of(fields[i].dataType());
        }
        return json -> {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw expected("an object", json);
            }
            Object[] row = new Object[fields.length];
            boolean[] seen = new boolean[fields.length];
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                Integer i = index.get(name);
                if (i == null) {
                    json.skipChildren();
                } else if (seen[i]) {
                    throw new Mismatch(Reason.MISTYPED_FIELD, name + " stands twice");
                } else {
                    seen[i] = true;
                    row[i] = valueOrNull(json, values[i], true);
                }
            }
            for (int i = 0; i < fields.length; i++) {
                if (row[i] == null && !fields[i].nullable()) {
                    throw new Mismatch(Reason.MISSING_FIELD, fields[i].name());
                }
            }
            return new GenericInternalRow(row);
        };
    }

    private static Object valueOrNull(JsonParser json, JsonValue value, boolean nulls) throws IOException, Mismatch {
        if (json.currentToken() != JsonToken.VALUE_NULL) {
            return value.read(json);
        }
        if (!nulls) {
            throw expected("a value", json);
        }
        return null;
    }

    private static Mismatch expected(String type, JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        return Mismatch.expected(
                type,
                token == JsonToken.VALUE_STRING
                        ? "'" + json.getText() + "'"
                        : token.isScalarValue()
                                ? json.getText()
                                : token.isStructStart()
                                        ? (token == JsonToken.START_OBJECT ? "an object" : "an array")
                                        : token.toString());
    }
}
