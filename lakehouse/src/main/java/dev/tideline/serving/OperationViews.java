package dev.tideline.serving;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.lake.RowFilters;
import dev.tideline.ledger.Stream;
import dev.tideline.table.LakeTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * How the pipeline runs, for SQL; all times are UTC. {@code tideline_progress}: one row for each micro-batch that a stream has
 * recorded, with its counts ({@code duplicate}: removed inside it, by the speed stream only) and its {@code cut}, the offsets
 * up to which it has read. {@code tideline_days}: one row for each entry about a day, oldest number first for each feed and
 * day, with what a recompute counted. {@code tideline_rejected}: one row for each refused record, without its bytes.
 */
final class OperationViews {
    private static final String PROGRESS = "tideline_progress";
    private static final String DAYS = "tideline_days";
    private static final String REJECTED = "tideline_rejected";
    static final List<String> NAMES = List.of(PROGRESS, DAYS, REJECTED);

    private static final StructType MICRO_BATCH = StructType.fromDDL(
            "counts MAP<STRING,BIGINT>, progress STRUCT<cut: "
                    + "ARRAY<STRUCT<topic: STRING, topic_id: STRING, partition: INT, offset: BIGINT, offsets: ARRAY<BIGINT>>>>");
    /** A cut as one element for each partition, from arrays by partition and from records of before there were such. */
    private static final String CUT = """
            filter(flatten(transform(micro_batch.progress.cut, t -> if(t.offsets IS NULL,
              array(named_struct('topic', t.topic, 'topic_id', t.topic_id, 'partition', t.partition, 'offset', t.offset)),
              transform(t.offsets, (o, i) ->
                named_struct('topic', t.topic, 'topic_id', t.topic_id, 'partition', i, 'offset', o))))),
              p -> p.offset IS NOT NULL)""";

    private static final StructType ENTRY =
            StructType.fromDDL("counts MAP<STRING,BIGINT>, entry STRUCT<kind: STRING>, code STRING");

    private OperationViews() {}

    /** The names of those whose tables exist. */
    static List<String> names(Lake lake, Collection<Feed> feeds) {
        List<String> names = new ArrayList<>();
        if (ledgers(lake, feeds).anyMatch(ledger -> ledger.table().exists())) {
            names.add(PROGRESS);
        }
        if (lake.daysTable().exists()) {
            names.add(DAYS);
        }
        if (lake.rejected().exists()) {
            names.add(REJECTED);
        }
        return names;
    }

    static boolean knows(String name) {
        return NAMES.contains(name);
    }

    /** Whether the rows of the view {@code name} are single records. */
    static boolean holdsRecords(String name) {
        return name.equals(REJECTED);
    }

    /** The rows of the view {@code name} about {@code feeds}; empty when its table does not exist. */
    static Optional<Dataset<Row>> rows(Lake lake, Collection<Feed> feeds, String name) {
        return switch (name) {
            case PROGRESS ->
                ledgers(lake, feeds)
                        .filter(ledger -> ledger.table().exists())
                        .map(OperationViews::progress)
                        .reduce(Dataset::union);
            case DAYS -> existing(lake.daysTable()).map(entries -> days(of(feeds, entries)));
            default -> {
                Column recorded = recorded(lake, feeds); // before the table, which may then hold more than that
                yield existing(lake.rejected()).map(rows -> rejected(rows.where(recorded)));
            }
        };
    }

    private static Optional<Dataset<Row>> existing(LakeTable table) {
        return table.exists() ? Optional.of(table.read()) : Optional.empty();
    }

    private static Dataset<Row> of(Collection<Feed> feeds, Dataset<Row> entries) {
        return entries.where(
                col("feed").isInCollection(feeds.stream().map(Feed::name).toList()));
    }

    private record StreamLedger(Feed feed, Stream stream, LakeTable table) {}

    private static java.util.stream.Stream<StreamLedger> ledgers(Lake lake, Collection<Feed> feeds) {
        return feeds.stream()
                .flatMap(feed -> java.util.Arrays.stream(Stream.values())
                        .map(stream -> new StreamLedger(feed, stream, lake.progressTable(feed, stream))));
    }

    private static Dataset<Row> progress(StreamLedger ledger) {
        return ledger.table()
                .read()
                .withColumn("micro_batch", from_json(col("record"), MICRO_BATCH))
                .select(
                        lit(ledger.feed().name()).as("feed"),
                        lit(ledger.stream().text()).as("stream"),
                        col("number").as("seq"),
                        col("run"),
                        col("driver"),
                        col("recorded_at"),
                        col("consumed"),
                        col("accepted"),
                        col("rejected"),
                        expr("micro_batch.counts['duplicate']").as("duplicate"),
                        expr(CUT).as("cut"));
    }

    private static Dataset<Row> days(Dataset<Row> entries) {
        Column record = from_json(col("record"), ENTRY);
        return entries.select(
                col("feed"),
                col("day"),
                col("number"),
                record.getField("entry").getField("kind").as("kind"),
                col("generation"),
                col("horizon_seq"),
                col("at"),
                record.getField("counts").as("counts"),
                record.getField("code").as("code"));
    }

    /** What the archive stream of its feed has recorded: others may be written again, with the next micro-batch. */
    private static Column recorded(Lake lake, Collection<Feed> feeds) {
        return feeds.stream()
                .map(feed -> col("feed")
                        .equalTo(feed.name())
                        .and(RowFilters.recorded(
                                lake.progress(feed, Stream.ARCHIVE).whole().owners())))
                .reduce(Column::or)
                .orElse(lit(false));
    }

    private static Dataset<Row> rejected(Dataset<Row> rows) {
        List<Column> columns = new ArrayList<>(List.of(col("feed"), col("reason"), col("detail")));
        Decoding.COORDINATES.forEach(name -> columns.add(col(name)));
        return rows.select(columns.toArray(Column[]::new));
    }
}
