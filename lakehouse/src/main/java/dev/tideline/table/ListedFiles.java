package dev.tideline.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.SnapshotDescriptor;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.files.TahoeFileIndexWithSnapshotDescriptor;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
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

    private final long version;
    private final List<AddFile> files;

    /**
     * The files at {@code version}.
     *
     * @param described of the same schema
     */
    ListedFiles(SparkSession spark, DeltaLog log, SnapshotDescriptor described, long version, List<AddFile> files) {
        super(spark, log, log.dataPath(), described);
        this.version = version;
        this.files = files;
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public Seq<AddFile> matchingFiles(Seq<Expression> ofPartition, Seq<Expression> ofData) {
        List<AddFile> matching = ofPartition.isEmpty() ? files : matching(ofPartition);
        if (matching.size() <= FEW || ofData.isEmpty()) {
            return CollectionConverters.asScala(matching).toSeq();
        }
        List<Expression> filters = new ArrayList<>(CollectionConverters.asJava(ofPartition));
        filters.addAll(CollectionConverters.asJava(ofData));
        return deltaLog()
                .getSnapshotAt(version, Option.empty(), Option.empty(), false)
                .filesForScan(CollectionConverters.asScala(filters).toSeq(), false)
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
        return other instanceof ListedFiles that
                && version == that.version
                && deltaLog().compositeId().equals(that.deltaLog().compositeId());
    }

    @Override
    public int hashCode() {
        return Objects.hash(deltaLog().compositeId(), version);
    }
}
