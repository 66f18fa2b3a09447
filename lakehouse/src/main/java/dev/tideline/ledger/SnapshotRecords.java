package dev.tideline.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Table;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A ledger's records from the rows of its table, by Delta Kernel: for those whose commits have been cleaned away. Takes a
 * second where commits take milliseconds.
 */
final class SnapshotRecords {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Engine engine;
    private final Row state;
    private final List<DataFile> files;

    /** A record's JSON and its number. */
    record Numbered(long number, String record) {}

    /** A file of the table with the numbers of the records in it, all where it does not say. */
    private record DataFile(Row row, FileStatus status, long least, long greatest) {
        boolean overlaps(long first, long last) {
            return least <= last && first <= greatest;
        }

        String name() {
            return new Path(status.getPath()).getName();
        }
    }

    private SnapshotRecords(Engine engine, Row state, List<DataFile> files) {
        this.engine = engine;
        this.state = state;
        this.files = files;
    }

    /** The table as it is now; empty when there is none. */
    static Optional<SnapshotRecords> of(String table, Configuration conf) {
        Engine engine = DefaultEngine.create(conf);
        try {
            Snapshot snapshot = Table.forPath(engine, table).getLatestSnapshot(engine);
            StructType all = snapshot.getSchema();
            Scan scan = snapshot.getScanBuilder()
                    .withReadSchema(new StructType().add(all.get("number")).add(all.get("record")))
                    .build();
            List<DataFile> files = new ArrayList<>();
            try (CloseableIterator<Row> rows = Utils.intoRows(scan.getScanFiles(engine, true))) {
                while (rows.hasNext()) {
                    files.add(file(rows.next()));
                }
            }
            return Optional.of(new SnapshotRecords(engine, scan.getScanState(engine), files));
        } catch (TableNotFoundException none) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + table, e);
        }
    }

    private static DataFile file(Row row) throws JsonProcessingException {
        Row add = row.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
        int stats = InternalScanFileUtils.ADD_FILE_STATS_ORDINAL;
        JsonNode known = add.isNullAt(stats) ? MAPPER.nullNode() : MAPPER.readTree(add.getString(stats));
        return new DataFile(
                row,
                InternalScanFileUtils.getAddFileStatus(row),
                known.path("minValues").path("number").asLong(Long.MIN_VALUE),
                known.path("maxValues").path("number").asLong(Long.MAX_VALUE));
    }

    /** The record with the greatest number. */
    Optional<Numbered> last() {
        long greatest = files.stream().mapToLong(DataFile::greatest).max().orElse(0);
        // Where no file says its greatest number, every record may be the last.
        LongPredicate mayBeLast = number -> number == greatest || greatest == Long.MAX_VALUE;
        return read(file -> file.greatest() == greatest, mayBeLast).stream()
                .max(Comparator.comparing(Numbered::number));
    }

    /** The records {@code first} to {@code last} (inclusive), by number. */
    List<Numbered> between(long first, long last) {
        return read(file -> file.overlaps(first, last), number -> first <= number && number <= last);
    }

    /** Those of the records with these numbers that there are, by number. */
    List<Numbered> numbered(Set<Long> numbers) {
        return read(file -> numbers.stream().anyMatch(number -> file.overlaps(number, number)), numbers::contains);
    }

    /** All records but those in {@code others}, files by name, by number. */
    List<Numbered> without(Set<String> others) {
        return read(file -> !others.contains(file.name()), number -> true);
    }

    private List<Numbered> read(Predicate<DataFile> which, LongPredicate wanted) {
        StructType physical = ScanStateRow.getPhysicalDataReadSchema(state);
        List<Numbered> records = new ArrayList<>();
        for (DataFile file : files) {
            if (which.test(file)) {
                read(file, physical, wanted, records);
            }
        }
        records.sort(Comparator.comparing(Numbered::number));
        return records;
    }

    /** A file may hold far more than fits into memory. */
    private void read(DataFile file, StructType physical, LongPredicate wanted, List<Numbered> records) {
        try (CloseableIterator<FileReadResult> found = engine.getParquetHandler()
                        .readParquetFiles(Utils.singletonCloseableIterator(file.status()), physical, Optional.empty());
                CloseableIterator<FilteredColumnarBatch> batches =
                        Scan.transformPhysicalData(engine, state, file.row(), found.map(FileReadResult::getData));
                CloseableIterator<Row> rows = Utils.intoRows(batches)) {
            while (rows.hasNext()) {
                Row row = rows.next();
                if (wanted.test(row.getLong(0))) {
                    records.add(new Numbered(row.getLong(0), row.getString(1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file.status().getPath(), e);
        }
    }
}
