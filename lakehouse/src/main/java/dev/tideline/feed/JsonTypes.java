package dev.tideline.feed;

import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/** Which column types a JSON feed can have. */
final class JsonTypes {
    static final String SUPPORTED =
            "STRING, BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, DATE, TIMESTAMP, ARRAY, STRUCT, or MAP with STRING keys";

    private JsonTypes() {}

    /** The part of {@code type} that has no JSON form here, as SQL. */
    static Optional<String> unsupported(DataType type) {
        if (type instanceof ArrayType array) {
            return unsupported(array.elementType());
        }
        if (type instanceof MapType map) {
            return map.keyType().equals(DataTypes.StringType) ? unsupported(map.valueType()) : Optional.of(type.sql());
        }
        if (type instanceof StructType struct) {
            return java.util.Arrays.stream(struct.fields())
                    .flatMap(f -> unsupported(f.dataType()).stream())
                    .findFirst();
        }
        boolean plain = type.equals(DataTypes.StringType)
                || type instanceof BooleanType
                || type instanceof IntegerType
                || type instanceof LongType
                || type instanceof FloatType
                || type instanceof DoubleType
                || type instanceof DecimalType
                || type instanceof DateType
                || type instanceof TimestampType;
        return plain ? Optional.empty() : Optional.of(type.sql());
    }
}
