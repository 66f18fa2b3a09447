package dev.tideline.decode.format;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Decodes the payload of one record into the columns of a schema, or says why it cannot. An implementation is public and final. */
public interface Decoder extends Serializable {
    /** The last column: whether the event may have fields that the schema does not know. */
    String MORE = "_more";

    /** The columns that {@link #decode} gives, those of {@link #resultType(StructType)} for the decoder's schema. */
    StructType resultType();

    /** One row of {@link #resultType()}. Called by Spark for each record; never throws for what is in the payload. */
    InternalRow decode(byte[] payload);

    /**
     * {@code reason STRING, detail STRING}, both NULL for a decoded event, then the columns of the schema, all nullable, and
     * {@link #MORE}.
     */
    static StructType resultType(StructType schema) {
        StructType result = new StructType().add("reason", DataTypes.StringType).add("detail", DataTypes.StringType);
        for (StructField field : schema.fields()) {
            result = result.add(field.name(), field.dataType(), true);
        }
        return result.add(MORE, DataTypes.BooleanType);
    }
}
