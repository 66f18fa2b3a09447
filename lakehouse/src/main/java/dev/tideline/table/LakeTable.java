package dev.tideline.table;

import io.delta.exceptions.ConcurrentAppendException;
import io.delta.exceptions.DeltaConcurrentModificationException;
import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.CommitInfo;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** One Delta table of the lake, by path. Commits carry a tag, so that a writer finds its own again. */
public final class LakeTable {
    private static final int ATTEMPTS = 20;

    private final SparkSession spark;
    private final String path;

    LakeTable(SparkSession spark, String path) {
        this.spark = spark;
        this.path = path;
    }

    public String path() {
        return path;
    }

    /** The latest version, read anew; -1 when there is no table. */
    public long version() {
        return log().update(false, Option.empty(), Option.empty()).version();
    }

    public boolean exists() {
        return version() >= 0;
    }

    /** Creates the table when there is none. */
    public void create(StructType schema, List<String> partitions, Map<String, String> properties) {
        if (exists()) {
            return;
        }
        var builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(schema);
        properties.forEach(builder::property);
        try {
            builder.partitionedBy(partitions.toArray(String[]::new)).execute();
        } catch (DeltaConcurrentModificationException e) {
            // Another driver created it at the same moment, with the same columns: they are of the same feed.
            if (!exists()) {
                throw e;
            }
        }
    }

    /** The rows as of {@code version}, which later commits do not change. */
    public Dataset<Row> at(long version) {
        return spark.read().format("delta").option("versionAsOf", version).load(path);
    }

    /** The rows as of now. */
    public Dataset<Row> read() {
        return spark.read().format("delta").load(path);
    }

    /**
     * Appends in one commit.
     *
     * @return how many rows it wrote, from the statistics of the files that this commit added
     */
    public long append(Dataset<Row> rows, String tag) {
        long before = version();
        rows.write()
                .format("delta")
                .mode(SaveMode.Append)
                .option("mergeSchema", "true")
                .option("userMetadata", tag)
                .save(path);
        return rowsOf(tag, before + 1);
    }

    /**
     * Replaces the rows where {@code condition} holds, unless transaction {@code version} of {@code app} or a later one was here.
     *
     * @param rows computed once, so what others write meanwhile must not change them
     */
    public void replace(Dataset<Row> rows, String condition, String app, long version) {
        Dataset<Row> ready = rows.persist(StorageLevel.MEMORY_AND_DISK());
        try {
            besideAppends(() -> ready.write()
                    .format("delta")
                    .mode(SaveMode.Overwrite)
                    .option("replaceWhere", condition)
                    .option("txnAppId", app)
                    .option("txnVersion", version)
                    .save(path));
        } finally {
            ready.unpersist();
        }
    }

    /** Deletes the rows where {@code condition} holds. */
    public void delete(String condition) {
        if (exists()) {
            besideAppends(() -> DeltaTable.forPath(spark, path).delete(condition));
        }
    }

    /** Deletes the rows where {@code condition} holds. */
    public void delete(Column condition) {
        if (exists()) {
            besideAppends(() -> DeltaTable.forPath(spark, path).delete(condition));
        }
    }

    /** To Delta whatever a running stream appends to the same day is a conflict, even rows that are not rewritten: tried again. */
    private static void besideAppends(Runnable rewrite) {
        for (int attempt = 1; ; attempt++) {
            try {
                rewrite.run();
                return;
            } catch (ConcurrentAppendException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Rewrites small files into larger ones; readers and appending writers are not disturbed. */
    public void compact() {
        if (exists()) {
            DeltaTable.forPath(spark, path).optimize().executeCompaction();
        }
    }

    DeltaLog log() {
        return DeltaLog.forTable(spark, new Path(path));
    }

    SparkSession spark() {
        return spark;
    }

    /** The tag of the commit that made {@code version}; empty when it has none or its file is gone. */
    Optional<String> tag(long version) {
        Iterator<Tuple2<Object, Seq<Action>>> changes = changes(version, version);
        return changes.hasNext() ? commitInfo(changes.next()._2()).flatMap(LakeTable::tag) : Optional.empty();
    }

    /** The tags of the commits {@code first} to {@code last} (inclusive), oldest first; commits without one are left out. */
    List<String> tagsBetween(long first, long last) {
        return CollectionConverters.asJava(changes(first, last).toSeq()).stream()
                .flatMap(change -> commitInfo(change._2()).flatMap(LakeTable::tag).stream())
                .toList();
    }

    private long rowsOf(String tag, long since) {
        Iterator<Tuple2<Object, Seq<Action>>> changes = changes(since, version());
        while (changes.hasNext()) {
            Seq<Action> actions = changes.next()._2();
            if (commitInfo(actions).flatMap(LakeTable::tag).filter(tag::equals).isPresent()) {
                return CollectionConverters.asJava(actions).stream()
                        .filter(AddFile.class::isInstance)
                        .mapToLong(
                                a -> (Long) ((AddFile) a).numPhysicalRecords().get())
                        .sum();
            }
        }
        return 0; // Delta makes no commit of an append without rows
    }

    private Iterator<Tuple2<Object, Seq<Action>>> changes(long first, long last) {
        return log().getChanges(first, last, Option.empty(), false);
    }

    private static Optional<CommitInfo> commitInfo(Seq<Action> actions) {
        return CollectionConverters.asJava(actions).stream()
                .filter(CommitInfo.class::isInstance)
                .map(CommitInfo.class::cast)
                .findFirst();
    }

    private static Optional<String> tag(CommitInfo info) {
        return info.userMetadata().isDefined() ? Optional.of(info.userMetadata().get()) : Optional.empty();
    }
}
