package dev.tideline.streaming;

import dev.tideline.decode.ArchiveRows;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.spark.ByteBudget;
import dev.tideline.spark.KeptRows;
import dev.tideline.spark.Tag;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Every record into {@code raw} or {@code rejected}, with its Kafka coordinates and whatever its columns do not say of it. */
final class ArchiveWriter implements BatchWriter {

    private final Lake lake;
    private final Feed feed;

    ArchiveWriter(Lake lake, Feed feed) {
        this.lake = lake;
        this.feed = feed;
    }

    @Override
    public Written write(Dataset<Row> decoded, long seq, String run, Optional<ByteBudget> budget) {
        try (KeptRows kept = KeptRows.of(decoded, budget)) {
            Row counts = kept.rows().selectExpr("count(*)", "count(reason)").head();
            kept.requireFewDates(budget);
            Dataset<Row> rows = kept.rows(counts.getLong(0));
            Map<LocalDate, Long> dates =
                    lake.raw(feed).appendByDate(tagged(ArchiveRows.accepted(rows, feed), seq, run));
            long accepted = dates.values().stream().mapToLong(Long::longValue).sum();
            long rejected = counts.getLong(1) == 0
                    ? 0
                    : lake.rejected().append(tagged(ArchiveRows.rejected(rows, feed), seq, run));
            return new Written(
                    Map.of("consumed", accepted + rejected, "accepted", accepted, "rejected", rejected),
                    dates.keySet(),
                    kept.bytes());
        }
    }

    private static Dataset<Row> tagged(Dataset<Row> rows, long seq, String run) {
        return rows.withColumn("seq", Tag.seq(seq)).withColumn("run", Tag.run(run));
    }
}
