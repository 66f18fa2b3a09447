package dev.tideline.spark;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.Platform;

/**
 * Rows that are computed once, read a few times within seconds, and dropped. Spark's own {@code persist} makes compressed
 * columns of them, which takes longer than all that a micro-batch does with them; and rows kept as objects are traced by the
 * garbage collector. So their bytes are kept, many rows to a block.
 */
public final class KeptRows implements AutoCloseable {
    private static final int BLOCK_BYTES = 1 << 18;
    /** So few that a task takes a second or two, so many that its file is worth opening. */
    static final long TASK_ROWS = 200_000;

    /** Before each row: its size, in a word, so that rows stay aligned. */
    private static final int HEADER_BYTES = 8;

    private final SparkSession session;
    private final StructType schema;
    private final RDD<byte[]> blocks;

    private KeptRows(SparkSession session, StructType schema, RDD<byte[]> blocks) {
        this.session = session;
        this.schema = schema;
        this.blocks = blocks;
    }

    /** Keeps what the first reading of {@code rows} computes, in memory and, where that is short, on disk. */
    public static KeptRows of(Dataset<Row> rows) {
        RDD<byte[]> blocks = rows.queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(Packed::new)
                .rdd()
                .persist(StorageLevel.MEMORY_AND_DISK());
        return new KeptRows((SparkSession) rows.sparkSession(), rows.schema(), blocks);
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
        private UnsafeRow next;

        Packed(Iterator<InternalRow> rows) {
            this.rows = rows;
            advance();
        }

        private void advance() {
            next = rows.hasNext() ? (UnsafeRow) rows.next() : null;
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
