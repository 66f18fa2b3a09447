package dev.tideline.spark;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.classic.SparkSession;
import scala.Tuple2;

/**
 * Which of many 64-bit hashes stand in more than one row. They are exchanged and sorted as plain numbers, 8 bytes each, which
 * takes a small part of what grouping rows by them does.
 */
public final class RepeatedHashes {
    /** Fewer, 128 MB, need no care. */
    private static final int MANY = 1 << 24;
    /** The longest array that Java makes. */
    private static final int MOST = Integer.MAX_VALUE - 8;

    private RepeatedHashes() {}

    /**
     * What one pass over hashes tells.
     *
     * @param rows how many there are
     * @param nulls how many of them have none
     * @param repeated the hashes that stand in more than one row, each once
     */
    public record Tally(long rows, long nulls, List<Long> repeated) {}

    /**
     * Counts the rows and collects the hashes that are repeated, which must be few.
     *
     * @param hashes one BIGINT column, NULL where a row has none
     */
    public static Tally tally(Dataset<Row> hashes) {
        List<long[]> parts = parts(hashes).collect();
        long[] counts = parts.get(parts.size() - 1);
        return new Tally(
                counts[0],
                counts[1],
                parts.subList(0, parts.size() - 1).stream()
                        .flatMapToLong(LongStream::of)
                        .boxed()
                        .toList());
    }

    /** The hashes that are repeated, each once, in a column of the same name; NULLs are not counted. */
    public static Dataset<Row> repeated(Dataset<Row> hashes) {
        JavaRDD<long[]> parts = parts(hashes);
        int counts = parts.getNumPartitions() - 1;
        JavaRDD<InternalRow> rows = parts.mapPartitionsWithIndex(
                        (part, arrays) -> part == counts ? Collections.emptyIterator() : arrays, true)
                .flatMap(array -> LongStream.of(array).boxed().iterator())
                .map(hash -> (InternalRow) new GenericInternalRow(new Object[] {hash}));
        return ((SparkSession) hashes.sparkSession()).internalCreateDataFrame(rows.rdd(), hashes.schema(), false);
    }

    /** For each part its repeated hashes, and in a last one how many rows there are, and how many of them have none. */
    private static JavaRDD<long[]> parts(Dataset<Row> hashes) {
        JavaRDD<InternalRow> rows = hashes.queryExecution().toRdd().toJavaRDD();
        int most = ((SparkSession) hashes.sparkSession()).sessionState().conf().numShufflePartitions();
        int parts = Math.max(1, Math.min(rows.getNumPartitions(), most));
        return rows.mapPartitionsToPair(hashed -> new Dealt(hashed, parts))
                .partitionBy(new HashPartitioner(parts + 1))
                .mapPartitionsWithIndex(
                        (part, chunks) -> List.of(part == parts ? sum(chunks) : repeated(chunks))
                                .iterator(),
                        true);
    }

    private static long[] sum(Iterator<Tuple2<Integer, long[]>> counts) {
        long[] sum = new long[2];
        counts.forEachRemaining(c -> {
            sum[0] += c._2()[0];
            sum[1] += c._2()[1];
        });
        return sum;
    }

    private static long[] repeated(Iterator<Tuple2<Integer, long[]>> chunks) {
        long[] all = new long[Dealt.CHUNK];
        int size = 0;
        while (chunks.hasNext()) {
            long[] chunk = chunks.next()._2();
            if (size + chunk.length > all.length) {
                // However often one hash stands there, no more of it than is needed.
                size = size < MANY ? size : twiceAtMost(all, size);
                if (size + chunk.length > all.length / 2) {
                    all = Arrays.copyOf(all, (int)
                            Math.min(MOST, Math.max(size + (long) chunk.length, 2L * all.length)));
                }
            }
            System.arraycopy(chunk, 0, all, size, chunk.length);
            size += chunk.length;
        }
        Arrays.sort(all, 0, size);
        long[] sorted = all;
        return IntStream.range(1, size)
                .filter(i -> sorted[i] == sorted[i - 1] && (i == 1 || sorted[i - 2] != sorted[i]))
                .mapToLong(i -> sorted[i])
                .toArray();
    }

    /** Sorts the first {@code size} numbers, leaves two of each that stands more often, and gives how many are left. */
    private static int twiceAtMost(long[] numbers, int size) {
        Arrays.sort(numbers, 0, size);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (kept < 2 || numbers[kept - 2] != numbers[i]) {
                numbers[kept++] = numbers[i];
            }
        }
        return kept;
    }

    /** The hashes of some rows, dealt to parts in chunks; to the one after the last, how many rows there were. */
    private static final class Dealt implements Iterator<Tuple2<Integer, long[]>> {
        static final int CHUNK = 1 << 12;

        private final Iterator<InternalRow> rows;
        private final long[][] chunks;
        private final int[] sizes;
        private final Deque<Tuple2<Integer, long[]>> ready = new ArrayDeque<>();
        private final long[] counts = new long[2];
        private boolean ended;

        Dealt(Iterator<InternalRow> rows, int parts) {
            this.rows = rows;
            this.chunks = new long[parts][];
            this.sizes = new int[parts];
        }

        @Override
        public boolean hasNext() {
            while (ready.isEmpty() && rows.hasNext()) {
                deal(rows.next());
            }
            if (ready.isEmpty() && !ended) {
                ended = true;
                for (int part = 0; part < chunks.length; part++) {
                    give(part);
                }
                ready.add(new Tuple2<>(chunks.length, counts));
            }
            return !ready.isEmpty();
        }

        private void deal(InternalRow row) {
            counts[0]++;
            if (row.isNullAt(0)) {
                counts[1]++;
                return;
            }
            long hash = row.getLong(0);
            int part = (int) ((hash >>> 32) % chunks.length);
            if (chunks[part] == null) {
                chunks[part] = new long[CHUNK];
            }
            chunks[part][sizes[part]++] = hash;
            if (sizes[part] == CHUNK) {
                give(part);
            }
        }

        private void give(int part) {
            if (sizes[part] > 0) {
                ready.add(new Tuple2<>(part, Arrays.copyOf(chunks[part], sizes[part])));
                sizes[part] = 0;
            }
        }

        @Override
        public Tuple2<Integer, long[]> next() {
            return ready.remove();
        }
    }
}
