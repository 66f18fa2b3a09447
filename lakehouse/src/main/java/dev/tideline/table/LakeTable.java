package dev.tideline.table;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.substring_index;

import dev.tideline.protocol.CannotException;
import io.delta.exceptions.DeltaConcurrentModificationException;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.FileAction;
import org.apache.spark.sql.delta.actions.Format;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;

/** One Delta table of the lake, by path. */
public final class LakeTable {
    /** The session setting by which files are chosen in memory, not by Delta: true unless set. */
    public static final String FILES_IN_MEMORY = "spark.tideline.filesInMemory.enabled";

    private static final String FILE = "_metadata.file_name";
    private static final int ATTEMPTS = 10;

    private final SparkSession spark;
    private final String path;

    public LakeTable(SparkSession spark, String path) {
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

    /**
     * Creates the table when there is none; else widens it to columns that it lacks.
     *
     * @throws CannotException when a column has another type than in the table
     */
    public void create(StructType schema, List<String> partitions, Map<String, String> properties) {
        if (exists()) {
            widen(schema);
            return;
        }
        Metadata metadata = new Metadata(
                UUID.randomUUID().toString(),
                null,
                null,
                new Format("parquet", Map$.MODULE$.empty()),
                schema.json(),
                CollectionConverters.asScala(partitions).toSeq(),
                Map$.MODULE$.from(CollectionConverters.asScala(properties)),
                Option.apply(System.currentTimeMillis()));
        OptimisticTransaction transaction = transaction();
        transaction.updateMetadataForNewTable(metadata);
        try {
            transaction.commit(
                    CollectionConverters.asScala(List.<Action>of()).toSeq(),
                    new DeltaOperations.CreateTable(metadata, false, false, Option.empty()));
        } catch (DeltaConcurrentModificationException e) {
            // Another driver created it at the same moment.
            create(schema, partitions, properties);
        }
    }

    private void widen(StructType schema) {
        Map<String, DataType> known = Arrays.stream(
                        log().unsafeVolatileSnapshot().schema().fields())
                .collect(Collectors.toMap(StructField::name, StructField::dataType));
        for (StructField field : schema.fields()) {
            DataType type = known.getOrDefault(field.name(), field.dataType());
            if (!field.dataType().catalogString().equals(type.catalogString())) {
                throw new CannotException("Cannot write " + path + ": " + field.name() + " is "
                        + field.dataType().sql() + ", and " + type.sql()
                        + " in what was written before (give the field another name)");
            }
        }
        if (!known.keySet().containsAll(List.of(schema.fieldNames()))) {
            spark.createDataFrame(List.<Row>of(), schema)
                    .write()
                    .format("delta")
                    .mode(SaveMode.Append)
                    .option("mergeSchema", "true")
                    .save(path);
        }
    }

    /**
     * The rows as of {@code version}, which later commits do not change. Not by {@code versionAsOf}, which lists the whole log
     * to see whether the version is there.
     */
    public Dataset<Row> at(long version) {
        DeltaLog log = log();
        Snapshot newest = log.unsafeVolatileSnapshot();
        Snapshot snapshot = newest.version() >= version ? newest : snapshotAt(log, version);
        BaseRelation rows = files(log, snapshot, version)
                .<BaseRelation>map(files -> log.buildHadoopFsRelationWithFileIndex(
                        snapshot, new ListedFiles(spark, log, snapshot, version, files), Option.empty(), false))
                .orElseGet(() -> log.createRelation(
                        CollectionConverters.asScala(List.<Expression>of()).toSeq(),
                        Option.apply(snapshotAt(log, version)),
                        Option.empty(),
                        true));
        return ((org.apache.spark.sql.classic.SparkSession) spark).baseRelationToDataFrame(rows);
    }

    private static Snapshot snapshotAt(DeltaLog log, long version) {
        return log.getSnapshotAt(version, Option.empty(), Option.empty(), false);
    }

    private Optional<List<AddFile>> files(DeltaLog log, Snapshot newest, long version) {
        return areFilesInMemory() ? TableFiles.at(log, newest, version) : Optional.empty();
    }

    private boolean areFilesInMemory() {
        return Boolean.parseBoolean(spark.conf().get(FILES_IN_MEMORY, "true"));
    }

    /** A {@code seq} below which {@code version} has no row, by what its files note; 0 where one of them, or memory, does not say. */
    public long leastSeq(long version) {
        DeltaLog log = log();
        Snapshot newest = log.unsafeVolatileSnapshot();
        return areFilesInMemory() && newest.version() >= version ? TableFiles.leastSeq(log, newest, version) : 0;
    }

    /** Whether {@code version} costs no reading of the log by Delta; nothing is asked of the store. */
    public boolean isAtHand(long version) {
        Snapshot newest = log().unsafeVolatileSnapshot();
        return newest.version() == version || !TableFiles.areTooMany(newest);
    }

    /** The rows as of now. */
    public Dataset<Row> read() {
        return at(version());
    }

    /** How many files {@code version} has, and which of them are not in the store as they were written. */
    public record Files(long count, List<String> lost) {}

    /**
     * The files of {@code version}, looked up in the store.
     *
     * @throws UncheckedIOException when the store does not answer
     */
    public Files filesInStore(long version) {
        DeltaLog log = log();
        Snapshot newest = log.unsafeVolatileSnapshot();
        List<AddFile> files = TableFiles.at(log, newest, version)
                .orElseGet(() -> snapshotAt(log, version).allFiles().collectAsList());
        Map<String, Long> sizes = sizesInStore();
        List<String> lost = new ArrayList<>();
        for (AddFile file : files) {
            String name = URI.create(file.path()).getPath();
            Long size = sizes.get(name);
            if (size == null) {
                lost.add(name + " is not there");
            } else if (size != file.size()) {
                lost.add(name + " has " + size + " bytes of " + file.size());
            }
        }
        return new Files(files.size(), lost);
    }

    private Map<String, Long> sizesInStore() {
        Map<String, Long> sizes = new HashMap<>();
        try {
            FileSystem store = new Path(path).getFileSystem(log().newDeltaHadoopConf());
            URI root = URI.create(store.makeQualified(new Path(path)).toUri() + "/");
            RemoteIterator<LocatedFileStatus> found = store.listFiles(new Path(path), true);
            while (found.hasNext()) {
                LocatedFileStatus file = found.next();
                sizes.put(root.relativize(file.getPath().toUri()).getPath(), file.getLen());
            }
            return sizes;
        } catch (IOException e) {
            throw new UncheckedIOException("listing " + path, e);
        }
    }

    /** The event dates that have rows, of a table partitioned by them; none when there is no table. */
    public Set<LocalDate> dates() {
        return partitions("event_date").stream()
                .map(values -> LocalDate.parse(values.get(0)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The values that {@code columns}, by which the table is partitioned, have in it; none when there is no table. No file is read. */
    public Set<List<String>> partitions(String... columns) {
        long version = version();
        if (version < 0) {
            return Set.of();
        }
        DeltaLog log = log();
        Snapshot snapshot = log.unsafeVolatileSnapshot();
        return files(log, snapshot, version)
                .map(files -> files.stream()
                        .map(file -> Arrays.stream(columns)
                                .map(column -> file.partitionValues().apply(column))
                                .toList())
                        .collect(Collectors.toSet()))
                .orElseGet(() -> snapshot
                        .allFiles()
                        .select(Arrays.stream(columns)
                                .map(column -> col("partitionValues").getItem(column))
                                .toArray(Column[]::new))
                        .distinct()
                        .collectAsList()
                        .stream()
                        .map(row -> IntStream.range(0, columns.length)
                                .mapToObj(row::getString)
                                .toList())
                        .collect(Collectors.toSet()));
    }

    /**
     * Appends in one commit; no commit when there are no rows. The columns must be those of the table.
     *
     * @return how many rows it wrote, from the statistics of the files that it added
     */
    public long append(Dataset<Row> rows) {
        OptimisticTransaction transaction = transaction();
        List<FileAction> files = CollectionConverters.asJava(transaction.writeFiles(rows));
        if (!files.isEmpty()) {
            commit(transaction, files, Option.empty());
        }
        return rows(files.stream().filter(AddFile.class::isInstance).map(AddFile.class::cast));
    }

    /** The same for a table partitioned by event date: how many rows it wrote of each. */
    public Map<LocalDate, Long> appendByDate(Dataset<Row> rows) {
        OptimisticTransaction transaction = transaction();
        List<FileAction> files = CollectionConverters.asJava(transaction.writeFiles(rows));
        if (!files.isEmpty()) {
            commit(transaction, files, Option.empty());
        }
        return files.stream()
                .filter(AddFile.class::isInstance)
                .map(AddFile.class::cast)
                .collect(Collectors.toMap(
                        file -> LocalDate.parse(file.partitionValues().apply("event_date")),
                        file -> (Long) file.numPhysicalRecords().get(),
                        Long::sum));
    }

    /**
     * Appends one row unless another append of the same {@code app} comes first.
     *
     * @param number of this append among those of {@code app}
     * @param isNext asked once the transaction has begun, with the version at which it did: whether the last append of {@code app} is
     *     the one before
     * @param tag of the commit
     * @return whether it stands; when not, nothing was written
     */
    public boolean append(Row row, StructType schema, String app, long number, LongPredicate isNext, String tag) {
        OptimisticTransaction transaction = transaction();
        transaction.readTxn().addOne(app);
        if (!isNext.test(transaction.snapshot().version())) {
            return false;
        }
        List<Action> actions = new ArrayList<>(List.of(claim(app, number)));
        actions.addAll(
                CollectionConverters.asJava(transaction.writeFiles(spark.createDataFrame(List.of(row), schema))));
        try {
            commit(transaction, actions, Option.apply(tag));
            return true;
        } catch (DeltaConcurrentModificationException e) {
            return false;
        }
    }

    private OptimisticTransaction transaction() {
        return log().startTransaction(Option.empty(), Option.empty());
    }

    private static Action claim(String app, long number) {
        return SetTransaction.apply(app, number, Option.apply(System.currentTimeMillis()));
    }

    private static void commit(OptimisticTransaction transaction, List<? extends Action> actions, Option<String> tag) {
        Option<Object> unset = Option.empty();
        transaction.commit(
                CollectionConverters.asScala(List.<Action>copyOf(actions)).toSeq(),
                new DeltaOperations.Write(
                        SaveMode.Append,
                        Option.empty(),
                        Option.empty(),
                        tag,
                        unset,
                        unset,
                        unset,
                        Option.empty(),
                        Option.empty()));
    }

    private static long rows(Stream<AddFile> files) {
        return files.mapToLong(file -> (Long) file.numPhysicalRecords().get()).sum();
    }

    /**
     * Rewrites the rows where {@code condition} holds, in one commit beside whatever others append, unless transaction
     * {@code number} of {@code app} or a later one was here. The files that hold such rows must hold no others.
     *
     * @param rewritten from these rows to those that take their place
     */
    public void rewrite(Column condition, UnaryOperator<Dataset<Row>> rewritten, String app, long number) {
        if (!exists()) {
            return;
        }
        retried(() -> {
            OptimisticTransaction transaction = transaction();
            if (transaction.txnVersion(app) < number) {
                Dataset<Row> rows = at(transaction.snapshot().version()).where(condition);
                List<Action> actions = new ArrayList<>(List.of(claim(app, number)));
                // Asked of the snapshot: what a transaction asks for itself makes every append a conflict.
                files(transaction.snapshot(), rows)
                        .forEach(file -> actions.add(file.removeWithTimestamp(System.currentTimeMillis(), true)));
                actions.addAll(CollectionConverters.asJava(transaction.writeFiles(rewritten.apply(rows))));
                commit(transaction, actions, Option.empty());
            }
        });
    }

    private static List<AddFile> files(Snapshot snapshot, Dataset<Row> rows) {
        Map<String, Long> counts = byFile(rows);
        List<AddFile> files = named(snapshot, counts.keySet());
        if (rows(files.stream())
                != counts.values().stream().mapToLong(Long::longValue).sum()) {
            throw new IllegalStateException("files of " + snapshot.path() + " hold other rows than those to rewrite");
        }
        return files;
    }

    /** How many of {@code rows} stand in each file, by the file's name. */
    private static Map<String, Long> byFile(Dataset<Row> rows) {
        return rows.groupBy(FILE).count().collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getLong(1)));
    }

    private static List<AddFile> named(Snapshot snapshot, Set<String> names) {
        Column name = substring_index(col("path"), "/", -1);
        return snapshot.allFiles().where(name.isin(names.toArray())).collectAsList();
    }

    /**
     * Deletes the rows where {@code condition} holds, in one commit beside whatever others append. Not by Delta's own deletion, to
     * which every append is a conflict that could have added such a row.
     */
    public void delete(Column condition) {
        if (!exists()) {
            return;
        }
        retried(() -> {
            OptimisticTransaction transaction = transaction();
            Dataset<Row> rows = at(transaction.snapshot().version());
            Map<String, Long> doomed = byFile(rows.where(condition));
            if (doomed.isEmpty()) {
                return;
            }
            List<Action> actions = new ArrayList<>();
            Set<String> partly = new TreeSet<>();
            for (AddFile file : named(transaction.snapshot(), doomed.keySet())) {
                actions.add(file.removeWithTimestamp(System.currentTimeMillis(), true));
                String name = new Path(file.path()).getName();
                if ((Long) file.numPhysicalRecords().get() > doomed.get(name)) {
                    partly.add(name);
                }
            }
            if (!partly.isEmpty()) {
                Dataset<Row> kept =
                        rows.where(col(FILE).isin(partly.toArray())).where(not(coalesce(condition, lit(false))));
                actions.addAll(CollectionConverters.asJava(transaction.writeFiles(kept)));
            }
            commit(transaction, actions, Option.empty());
        });
    }

    /** Again when another commit came in between. */
    private static void retried(Runnable commit) {
        for (int attempt = 1; ; attempt++) {
            try {
                commit.run();
                return;
            } catch (DeltaConcurrentModificationException e) {
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

    public DeltaLog log() {
        return DeltaLog.forTable(spark, new Path(path));
    }
}
