package dev.tideline.decode.format;

import dev.tideline.feed.Protection;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What another decoder gives, with hidden fields hashed or NULL: no row, plan or spilled file beyond it has their values. A refused
 * record is described without any of its values, since a decoder's words may quote whatever it found.
 */
public final class ProtectingDecoder implements Decoder {
    private static final long serialVersionUID = 1L;
    /** {@code reason} and {@code detail} come first. */
    private static final int FIRST = 2;

    private final Decoder decoder;
    private final StructType schema;
    private final HashKey key;
    private final int[] hashed;
    private final int[] masked;
    private final Map<String, String> types = new LinkedHashMap<>();

    /** @param key where something is hashed */
    public ProtectingDecoder(Decoder decoder, StructType schema, Protection protection, Optional<HashKey> key) {
        this.decoder = decoder;
        this.schema = schema;
        this.key = key.orElse(null);
        this.hashed = protection.hash().stream()
                .mapToInt(schema::fieldIndex)
                .distinct()
                .toArray();
        this.masked = protection.mask().stream()
                .mapToInt(schema::fieldIndex)
                .distinct()
                .toArray();
        for (String field : schema.fieldNames()) {
            types.put(field, schema.apply(field).dataType().sql());
        }
    }

    @Override
    public StructType resultType() {
        return decoder.resultType();
    }

    @Override
    public InternalRow decode(byte[] payload) {
        InternalRow row = decoder.decode(payload);
        if (!row.isNullAt(0)) {
            row.update(1, UTF8String.fromString(described(row.getString(0), row.getString(1))));
            return row;
        }
        for (int field : hashed) {
            if (!row.isNullAt(FIRST + field)) {
                row.update(FIRST + field, hash(row, field));
            }
        }
        for (int field : masked) {
            row.setNullAt(FIRST + field);
        }
        return row;
    }

    private Object hash(InternalRow row, int field) {
        if (schema.fields()[field].dataType().equals(DataTypes.LongType)) {
            return key.number(row.getLong(FIRST + field));
        }
        return UTF8String.fromBytes(
                key.text(row.getUTF8String(FIRST + field).getBytes()).getBytes(StandardCharsets.US_ASCII));
    }

    /** The field and its type, where the detail begins with one; the size of what is too large. */
    private String described(String reason, String detail) {
        if (reason.equals(Reason.OVERSIZED.text())) {
            return detail;
        }
        int colon = detail.indexOf(": ");
        String field = colon < 0 ? detail : detail.substring(0, colon);
        String type = types.get(field);
        return type == null ? "" : field + " " + type;
    }

    /** Not what it holds. */
    @Override
    public String toString() {
        return "protecting " + decoder.getClass().getSimpleName();
    }
}
