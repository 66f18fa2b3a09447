package dev.tideline.ledger;

import dev.tideline.table.LakeTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * A small Delta table to which records are appended by compare-and-set. Each record stands in the table as a row (some columns
 * for people, and {@code record}, its JSON) and in its commit's metadata, from where the newest ones are read without a job.
 *
 * <p>Records are Java records, of values that Jackson knows, {@code Optional} and times.
 *
 * <p>A plain append to Delta never conflicts, so each carries a transaction: of two at once with the same {@code app} one
 * fails; and one that comes later finds, once its transaction has begun, that its number is taken.
 */
public final class Ledger<T> {
    private static final Map<String, String> PROPERTIES = Map.of(
            "delta.logRetentionDuration", "interval 2 days",
            "delta.deletedFileRetentionDuration", "interval 2 days",
            "delta.checkpointInterval", "100",
            "delta.dataSkippingNumIndexedCols", "3");

    private final LakeTable table;
    private final StructType schema;
    private final Class<T> type;
    private volatile boolean created;
    private long cachedVersion = -1;
    private List<T> cached = List.of();
    private long lastVersion = -1;
    private Optional<T> last = Optional.empty();

    /**
     * The ledger that stands in {@code table}.
     *
     * @param columns the columns for people; {@code record STRING} is added
     */
    public Ledger(LakeTable table, String columns, Class<T> type) {
        this.table = table;
        this.schema = StructType.fromDDL(columns + ", record STRING");
        this.type = type;
    }

    /** The table that it stands in. */
    public LakeTable table() {
        return table;
    }

    /**
     * Appends unless another append of {@code app} comes first.
     *
     * @param number of the record among those of {@code app}
     * @param isNext whether the ledger, as it reads now, ends for {@code app} with the record before this one
     */
    public boolean append(T record, String app, long number, BooleanSupplier isNext, Object... columns) {
        if (!created) {
            table.create(schema, List.of(), PROPERTIES);
            created = true;
        }
        String json = LedgerJson.write(record);
        List<Object> values = new ArrayList<>(Arrays.asList(columns));
        values.add(json);
        return table.append(RowFactory.create(values.toArray()), schema, app, number, isNext, json);
    }

    /** The record appended last, from the newest commits; one request when nothing has changed. */
    public synchronized Optional<T> last() {
        long version = table.version();
        if (version == lastVersion) {
            return last;
        }
        Optional<T> newest = Optional.empty();
        for (long v = version; v > Math.max(lastVersion, version - 10) && newest.isEmpty(); v--) {
            newest = table.tag(v).map(this::parse);
        }
        if (newest.isEmpty() && lastVersion < version - 10) {
            List<T> all = read(table.at(version));
            newest = all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
        }
        last = newest.isPresent() ? newest : last;
        lastVersion = version;
        return last;
    }

    /** Every record, oldest first. Later calls read the commits since the last one only. */
    public synchronized List<T> all() {
        long version = table.version();
        if (version > cachedVersion) {
            boolean near = cachedVersion >= 0 && version - cachedVersion < 50;
            Optional<List<String>> more = near ? table.tagsBetween(cachedVersion + 1, version) : Optional.empty();
            cached = more.map(this::with).orElseGet(() -> read(table.at(version)));
            cachedVersion = version;
        }
        return cached;
    }

    /** The records of the rows where {@code condition} holds, in the order of {@code number}. */
    public List<T> where(String condition) {
        long version = table.version();
        return version < 0 ? List.of() : read(table.at(version).where(condition));
    }

    private List<T> with(List<String> more) {
        return Stream.concat(cached.stream(), more.stream().map(this::parse)).toList();
    }

    private List<T> read(Dataset<Row> rows) {
        return rows.orderBy("number").select("record").as(Encoders.STRING()).collectAsList().stream()
                .map(this::parse)
                .toList();
    }

    private T parse(String json) {
        return LedgerJson.read(json, type, table.path());
    }
}
