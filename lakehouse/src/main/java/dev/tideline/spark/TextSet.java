package dev.tideline.spark;

import java.util.HashSet;
import java.util.SortedSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** A set of texts; also chooses partitions. */
public final class TextSet extends Lookup {
    private static final long serialVersionUID = 1L;

    private final HashSet<UTF8String> texts = new HashSet<>();

    public TextSet(SortedSet<String> texts) {
        super(texts);
        texts.forEach(text -> this.texts.add(UTF8String.fromString(text)));
    }

    /** Called by Spark for each row or partition. */
    public boolean has(UTF8String text) {
        return texts.contains(text);
    }

    /** Whether {@code text} (STRING) is in the set. */
    public Column has(Column text) {
        return MethodCall.function(this, TextSet.class, "has", DataTypes.BooleanType, text);
    }
}
