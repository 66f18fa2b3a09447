package dev.tideline.table;

import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.files.TahoeFileIndexWithSnapshotDescriptor;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * A table's files at one version, which a query chooses from by their partition, in memory. Where many are left Delta chooses, by
 * their statistics as well.
 */
final class ListedFiles extends TahoeFileIndexWithSnapshotDescriptor {
    /** To open so many takes about as long as Delta's job. */
    private static final int FEW = 64;

    private static final String DATE = "event_date";
    /** A row's date is that of its time (UTC): a filter on the time is one on the partition. */
    private static final Set<String> TIMES = Set.of("window_start", "event_time");

    private static final long MICROS_A_DAY = Duration.ofDays(1).toNanos() / 1000;

    private final Snapshot snapshot;
    private final String table;
    private final long version;
    private final List<AddFile> files;

    /**
     * The files at {@code version}.
     *
     * @param snapshot of that version, or of a later one with the same schema
     */
    ListedFiles(SparkSession spark, DeltaLog log, Snapshot snapshot, long version, List<AddFile> files) {
        super(spark, log, log.dataPath(), snapshot);
        this.snapshot = snapshot;
        this.table = TableFiles.table(snapshot);
        this.version = version;
        this.files = files;
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public Seq<AddFile> matchingFiles(Seq<Expression> ofPartition, Seq<Expression> ofData) {
        List<Expression> data = CollectionConverters.asJava(ofData);
        List<AddFile> matching = ofPartition.isEmpty() ? files : matching(ofPartition);
        matching = matching.stream().filter(file -> mayHold(file, data)).toList();
        if (matching.size() <= FEW || data.isEmpty() || snapshot.version() != version) {
            return CollectionConverters.asScala(matching).toSeq();
        }
        List<Expression> filters = new ArrayList<>(CollectionConverters.asJava(ofPartition));
        filters.addAll(data);
        return snapshot.filesForScan(CollectionConverters.asScala(filters).toSeq(), false)
                .files();
    }

    private List<AddFile> matching(Seq<Expression> ofPartition) {
        Expression all = CollectionConverters.asJava(ofPartition).stream()
                .reduce(And::new)
                .orElseThrow();
        BasePredicate wanted = Predicate$.MODULE$.createInterpreted(all.transformUp(new ByPosition(partitionSchema())));
        Map<Object, Boolean> partitions = new HashMap<>();
        List<AddFile> matching = new ArrayList<>();
        for (AddFile file : files) {
            if (partitions.computeIfAbsent(
                    file.partitionValues(), values -> wanted.eval(getPartitionValuesRow(file.partitionValues())))) {
                matching.add(file);
            }
        }
        return matching;
    }

    /** Whether rows of the file's date can pass all of {@code filters}. */
    private static boolean mayHold(AddFile file, List<Expression> filters) {
        String date = file.partitionValues().getOrElse(DATE, () -> null);
        if (date == null) {
            return true;
        }
        long from = LocalDate.parse(date).atStartOfDay(ZoneOffset.UTC).toEpochSecond() * 1_000_000;
        return filters.stream().allMatch(filter -> mayHold(from, from + MICROS_A_DAY, filter));
    }

    /** The same of times from {@code from}, and before {@code to}, in microseconds. */
    private static boolean mayHold(long from, long to, Expression filter) {
        if (!(filter instanceof BinaryComparison comparison
                && comparison.left() instanceof AttributeReference time
                && TIMES.contains(time.name())
                && comparison.right() instanceof Literal literal
                && literal.dataType().equals(DataTypes.TimestampType)
                && literal.value() instanceof Long at)) {
            return true;
        }
        if (filter instanceof GreaterThanOrEqual || filter instanceof GreaterThan) {
            return at < to;
        }
        if (filter instanceof LessThanOrEqual || filter instanceof LessThan) {
            return from <= at;
        }
        return !(filter instanceof EqualTo) || (from <= at && at < to);
    }

    /** Puts a partition's column where it stands in a row of their values. */
    private static final class ByPosition extends AbstractPartialFunction<Expression, Expression> {
        private final Map<String, BoundReference> columns = new HashMap<>();

        ByPosition(StructType schema) {
            for (StructField field : schema.fields()) {
                columns.put(
                        field.name().toLowerCase(Locale.ROOT),
                        new BoundReference(columns.size(), field.dataType(), true));
            }
        }

        @Override
        public boolean isDefinedAt(Expression expression) {
            return expression instanceof AttributeReference;
        }

        @Override
        public Expression apply(Expression expression) {
            String name = ((AttributeReference) expression).name();
            return Objects.requireNonNull(columns.get(name.toLowerCase(Locale.ROOT)), name);
        }
    }

    @Override
    public String[] inputFiles() {
        return files.stream().map(file -> absolutePath(file.path()).toString()).toArray(String[]::new);
    }

    @Override
    public void refresh() {}

    @Override
    public long sizeInBytes() {
        return files.stream().mapToLong(AddFile::size).sum();
    }

    /** Two of the same table and version are one, so that Spark reads once what a query names twice. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ListedFiles that && version == that.version && table.equals(that.table);
    }

    @Override
    public int hashCode() {
        return Objects.hash(table, version);
    }
}
