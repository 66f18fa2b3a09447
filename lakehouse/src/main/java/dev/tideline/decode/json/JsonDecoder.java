package dev.tideline.decode.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.tideline.decode.format.Decoder;
import dev.tideline.decode.format.Mismatch;
import dev.tideline.decode.format.Reason;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Decodes one JSON object into the columns of a schema, or says why it cannot. Strict on purpose: what one release of a
 * library reads leniently, another reads otherwise, and a replay must decide the same years later.
 */
public final class JsonDecoder implements Decoder {
    private static final long serialVersionUID = 1L;
    private static final int DETAIL_LENGTH = 200;
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long EACH_ONE = 0x0101010101010101L;
    private static final long EACH_HIGH = 0x8080808080808080L;

    private final StructType schema;
    private final int maxBytes;
    private final boolean nested;
    private final Map<String, Integer> index = new HashMap<>();
    private final String[] names;
    private final JsonValue[] values;

    public JsonDecoder(StructType schema, int maxBytes) {
        this.schema = schema;
        this.maxBytes = maxBytes;
        this.nested =
                Arrays.stream(schema.fields()).anyMatch(f -> f.dataType().sql().contains("STRUCT<"));
        StructField[] fields = schema.fields();
        this.names = schema.fieldNames();
        this.values = new JsonValue[fields.length];
        for (int i = 0; i < fields.length; i++) {
            index.put(fields[i].name(), i);
            values[i] = JsonValue.of(fields[i].dataType());
        }
    }

    /** An event of a schema with nested fields always may have more than the schema knows. */
    @Override
    public StructType resultType() {
        return Decoder.resultType(schema);
    }

    @Override
    public InternalRow decode(byte[] payload) {
        if (payload == null || payload.length == 0) {
            return rejected(Reason.NOT_JSON, "the payload is empty");
        }
        if (payload.length > maxBytes) {
            return rejected(Reason.OVERSIZED, payload.length + " bytes, at most " + maxBytes);
        }
        if (!utf8(payload)) {
            return rejected(Reason.NOT_JSON, "not UTF-8 text");
        }
        Object[] row = new Object[values.length + 3];
        row[row.length - 1] = nested;
        try (JsonParser json = JSON.createParser(payload)) {
            return object(json, row);
        } catch (Mismatch e) {
            return rejected(e.reason, e.getMessage());
        } catch (JsonProcessingException e) {
            return rejected(Reason.NOT_JSON, e.getOriginalMessage());
        } catch (IOException | RuntimeException e) {
            return rejected(Reason.NOT_JSON, String.valueOf(e.getMessage()));
        }
    }

    /** The parser guesses other encodings and passes overlong forms, which have two spellings of one character. */
    private static boolean utf8(byte[] payload) {
        int i = 0;
        while (i + 8 <= payload.length && plain((long) EIGHT.get(payload, i))) {
            i += 8;
        }
        for (; i < payload.length; i++) {
            if (payload[i] <= 0) {
                return payload[i] != 0 && UTF8String.fromBytes(payload).isValid();
            }
        }
        return true;
    }

    /** Whether eight bytes are all ASCII, none of them zero: neither they nor they less one have a high bit. */
    private static boolean plain(long bytes) {
        return ((bytes | (bytes - EACH_ONE)) & EACH_HIGH) == 0;
    }

    private InternalRow object(JsonParser json, Object[] row) throws IOException, Mismatch {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new Mismatch(Reason.NOT_JSON, "not a JSON object");
        }
        boolean[] seen = new boolean[values.length];
        int next = 0;
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken token = json.nextToken();
            // Most events have their fields in the order of the schema.
            Integer i = next < names.length && names[next].equals(name) ? Integer.valueOf(next) : index.get(name);
            if (i == null) {
                row[row.length - 1] = true;
                json.skipChildren();
                continue;
            }
            if (seen[i]) {
                throw new Mismatch(Reason.MISTYPED_FIELD, name + ": stands twice");
            }
            seen[i] = true;
            next = i + 1;
            if (token != JsonToken.VALUE_NULL) {
                row[i + 2] = value(json, name, i);
            }
        }
        if (json.nextToken() != null) {
            throw new Mismatch(Reason.NOT_JSON, "text after the JSON object");
        }
        StructField[] fields = schema.fields();
        for (int i = 0; i < fields.length; i++) {
            if (row[i + 2] == null && !fields[i].nullable()) {
                throw new Mismatch(Reason.MISSING_FIELD, fields[i].name());
            }
        }
        return new GenericInternalRow(row);
    }

    private Object value(JsonParser json, String name, int i) throws IOException, Mismatch {
        try {
            return values[i].read(json);
        } catch (Mismatch e) {
            throw new Mismatch(e.reason, name + ": " + e.getMessage());
        }
    }

    private InternalRow rejected(Reason reason, String detail) {
        Object[] row = new Object[values.length + 3];
        row[0] = UTF8String.fromString(reason.text());
        row[1] = UTF8String.fromString(
                detail.length() > DETAIL_LENGTH ? detail.substring(0, DETAIL_LENGTH) + "…" : detail);
        return new GenericInternalRow(row);
    }
}
