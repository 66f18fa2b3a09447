package dev.tideline.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * Rows that are computed once, read a few times within seconds, and dropped. Spark's own {@code persist} makes compressed
 * columns of them, which takes longer than all that a micro-batch does with them; and rows kept as objects are traced by the
 * garbage collector. So their bytes are kept, many rows to a block.
 */
public final class KeptRows implements AutoCloseable {
    private static final int BLOCK_BYTES = 1 << 18;
    /** So few that a task takes a second or two, so many that its file is worth opening. */
    static final long TASK_ROWS = 200_000;

    /** So many dates of a task are told, 4 MB of objects. */
    private static final long MOST_DATES = 1 << 17;

    /** Before each row: its size, in a word, so that rows stay aligned. */
    private static final int HEADER_BYTES = 8;

    private final SparkSession session;
    private final StructType schema;
    private final RDD<byte[]> blocks;
    private final LongAccumulator bytes;
    private final CollectionAccumulator<Integer> dates;

    private KeptRows(
            SparkSession session,
            StructType schema,
            RDD<byte[]> blocks,
            LongAccumulator bytes,
            CollectionAccumulator<Integer> dates) {
        this.session = session;
        this.schema = schema;
        this.blocks = blocks;
        this.bytes = bytes;
        this.dates = dates;
    }

    /** Keeps what the first reading of {@code rows} computes, in memory and, where that is short, on disk. */
    public static KeptRows of(Dataset<Row> rows) {
        return of(rows, Optional.empty());
    }

    /**
     * The same; the first reading fails with {@link TooManyBytes} among its causes where a task's rows are larger than its share.
     *
     * @param budget empty for one without end
     */
    public static KeptRows of(Dataset<Row> rows, Optional<ByteBudget> budget) {
        LongAccumulator bytes = rows.sparkSession().sparkContext().longAccumulator();
        CollectionAccumulator<Integer> dates =
                rows.sparkSession().sparkContext().collectionAccumulator();
        ByteBudget shares = budget.orElse(null);
        Fields fields = shares == null ? null : Fields.of(rows.schema(), shares);
        RDD<byte[]> blocks = rows.queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(task -> new Packed(task, bytes, dates, shares, fields))
                .rdd()
                .persist(StorageLevel.MEMORY_AND_DISK());
        return new KeptRows((SparkSession) rows.sparkSession(), rows.schema(), blocks, bytes, dates);
    }

    /** Where the fields stand that a budget is about: the Kafka partition, the event date, and why a record was refused. */
    private record Fields(int partition, int date, int reason) implements Serializable {
        static Fields of(StructType schema, ByteBudget budget) {
            return new Fields(
                    schema.fieldIndex(budget.column()), schema.fieldIndex("event_date"), schema.fieldIndex("reason"));
        }
    }

    /**
     * Does nothing where the accepted rows of the first reading, which has been done, are of no more event dates than {@code budget}
     * allows.
     *
     * @throws TooManyDates when they are of more
     */
    public void requireFewDates(Optional<ByteBudget> budget) {
        int found = new HashSet<>(dates.value()).size();
        budget.filter(b -> found > b.dates()).ifPresent(b -> {
            throw new TooManyDates(found, b.dates());
        });
    }

    /** About how many bytes were kept: a task that ran twice may count twice. */
    public long bytes() {
        return bytes.value();
    }

    public Dataset<Row> rows() {
        return rows(blocks);
    }

    /** The rows in as few tasks as {@code count} of them ask for. */
    public Dataset<Row> rows(long count) {
        int tasks = (int) (count / TASK_ROWS) + 1;
        return rows(blocks.toJavaRDD().coalesce(tasks).rdd());
    }

    /** The same, for aggregates that each task makes for itself. */
    public TaskLocal taskLocal(long count) {
        return TaskLocal.of(rows(count));
    }

    private Dataset<Row> rows(RDD<byte[]> some) {
        int fields = schema.length();
        RDD<InternalRow> unpacked = some.toJavaRDD()
                .mapPartitions(partition -> new Unpacked(partition, fields))
                .map(InternalRow.class::cast)
                .rdd();
        return session.internalCreateDataFrame(unpacked, schema, false);
    }

    @Override
    public void close() {
        blocks.unpersist(false);
    }

    private static final class Packed implements Iterator<byte[]> {
        private final Iterator<InternalRow> rows;
        private final LongAccumulator kept;
        private final CollectionAccumulator<Integer> dates;
        private final Fields fields;
        private final Set<Integer> seen = new HashSet<>();
        private final int mostSeen;
        private int lastSeen = Integer.MIN_VALUE;
        private UnsafeRow next;
        private int partition;
        private long share = Long.MAX_VALUE;
        private long count;
        private long bytes;

        /**
         * @param shares null for no limit
         * @param fields null where there is none
         */
        Packed(
                Iterator<InternalRow> rows,
                LongAccumulator kept,
                CollectionAccumulator<Integer> dates,
                ByteBudget shares,
                Fields fields) {
            this.rows = rows;
            this.kept = kept;
            this.dates = dates;
            this.fields = fields;
            // Enough to say by how much there are too many, and no more than a driver's memory has room for.
            this.mostSeen = shares == null ? 0 : (int) Math.min(MOST_DATES, 64L * shares.dates());
            advance();
            if (next != null && shares != null) {
                partition = next.getInt(fields.partition());
                share = shares.share(partition);
            }
        }

        private void advance() {
            next = rows.hasNext() ? (UnsafeRow) rows.next() : null;
            if (next == null) {
                return;
            }
            count++;
            if (fields != null && next.isNullAt(fields.reason())) {
                saw(next.getInt(fields.date()));
            }
            bytes += HEADER_BYTES + next.getSizeInBytes();
            if (bytes > share && count > 1) { // one record is read, whatever its size
                throw new TooManyBytes(partition, count, share);
            }
        }

        private void saw(int date) {
            if (date != lastSeen && seen.size() < mostSeen && seen.add(date)) {
                dates.add(date);
            }
            lastSeen = date;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public byte[] next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            byte[] block = new byte[Math.max(BLOCK_BYTES, HEADER_BYTES + next.getSizeInBytes())];
            int at = 0;
            while (next != null && at + HEADER_BYTES + next.getSizeInBytes() <= block.length) {
                Platform.putLong(block, Platform.BYTE_ARRAY_OFFSET + at, next.getSizeInBytes());
                next.writeToMemory(block, Platform.BYTE_ARRAY_OFFSET + at + HEADER_BYTES);
                at += HEADER_BYTES + next.getSizeInBytes();
                advance();
            }
            kept.add(at);
            return at == block.length ? block : Arrays.copyOf(block, at);
        }
    }

    /** One row object, which is pointed at each row in turn: a caller that keeps it must copy it, as with all of Spark's iterators. */
    private static final class Unpacked implements Iterator<UnsafeRow> {
        private final Iterator<byte[]> blocks;
        private final UnsafeRow row;
        private byte[] block = {};
        private int at;

        Unpacked(Iterator<byte[]> blocks, int fields) {
            this.blocks = blocks;
            this.row = new UnsafeRow(fields);
        }

        @Override
        public boolean hasNext() {
            return at < block.length || blocks.hasNext();
        }

        @Override
        public UnsafeRow next() {
            if (at == block.length) {
                block = blocks.next();
                at = 0;
            }
            int size = (int) Platform.getLong(block, Platform.BYTE_ARRAY_OFFSET + at);
            row.pointTo(block, Platform.BYTE_ARRAY_OFFSET + at + HEADER_BYTES, size);
            at += HEADER_BYTES + size;
            return row;
        }
    }
}
