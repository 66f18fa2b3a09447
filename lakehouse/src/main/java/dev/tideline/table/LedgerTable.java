package dev.tideline.table;

import dev.tideline.ledger.Appender;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** Appends to a ledger's table, which comes into being with the first record. */
public final class LedgerTable implements Appender {
    private static final Map<String, String> PROPERTIES = Map.of(
            "delta.logRetentionDuration", "interval 2 days",
            "delta.deletedFileRetentionDuration", "interval 2 days",
            "delta.checkpointInterval", "100",
            "delta.dataSkippingNumIndexedCols", "3");

    private final LakeTable table;
    private final StructType schema;
    private volatile boolean created;

    /**
     * The ledger that stands in {@code table}.
     *
     * @param columns the columns for people, as DDL; {@code record STRING} is added
     */
    public LedgerTable(LakeTable table, String columns) {
        this.table = table;
        this.schema = StructType.fromDDL(columns + ", record STRING");
    }

    @Override
    public boolean append(String record, String app, long number, LongPredicate isNext, List<Object> columns) {
        if (!created) {
            table.create(schema, List.of(), PROPERTIES);
            created = true;
        }
        List<Object> values = new ArrayList<>(columns);
        values.add(record);
        return table.append(RowFactory.create(values.toArray()), schema, app, number, isNext, record);
    }
}
