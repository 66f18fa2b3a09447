package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.rule.Health;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressLedger;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.DirtyDays;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Fills the views of {@link Health}: from the ledgers and from Kafka, at the time of asking. */
final class HealthRows {
    private static final int RECENT = 1000;

    private final Map<String, String> kafka;

    HealthRows(Map<String, String> kafka) {
        this.kafka = Map.copyOf(kafka);
    }

    Dataset<Row> rows(Lake lake, String name, Instant now) {
        List<Row> rows = new ArrayList<>();
        for (Feed feed : lake.feeds().all().values()) {
            rows.addAll(name.equals(Health.STREAMS_VIEW) ? streams(lake, feed, now) : days(lake, feed, now));
        }
        return lake.spark().createDataFrame(rows, Health.VIEWS.get(name));
    }

    private List<Row> streams(Lake lake, Feed feed, Instant now) {
        Optional<Cut> end = end(feed);
        List<Row> rows = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            ProgressLedger ledger = lake.progress(feed, stream);
            Optional<ProgressRecord> last = ledger.last();
            if (last.isEmpty()) {
                continue;
            }
            Cut cut = last.get().progress().cut();
            List<ProgressRecord> newest = ledger.newest(RECENT);
            long consumed = sum(newest, "consumed");
            long rejected = sum(newest, "rejected");
            rows.add(RowFactory.create(
                    feed.name(),
                    stream.text(),
                    last.get().progress().seq(),
                    Timestamp.from(last.get().recordedAt()),
                    Duration.between(last.get().recordedAt(), now).toMillis() / 1000.0,
                    end.map(e -> Math.max(0, e.since(cut.only(e)))).orElse(null),
                    consumed,
                    sum(newest, "accepted"),
                    rejected,
                    consumed == 0 ? 0.0 : (double) rejected / consumed));
        }
        return rows;
    }

    private static long sum(List<ProgressRecord> records, String count) {
        return records.stream()
                .mapToLong(record -> record.counts().getOrDefault(count, 0L))
                .sum();
    }

    /** Empty while Kafka does not answer: a lag that is not known is NULL, and no number. */
    private Optional<Cut> end(Feed feed) {
        try {
            return Optional.of(Topic.describe(kafka, feed.topic()).latest());
        } catch (CannotException e) {
            return Optional.empty();
        }
    }

    private static List<Row> days(Lake lake, Feed feed, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        Map<LocalDate, Day> known = lake.days().days(feed.name());
        Set<LocalDate> dirty = Set.copyOf(DirtyDays.find(lake, feed, today));
        Set<LocalDate> all = new TreeSet<>(known.keySet());
        all.addAll(dirty);
        return all.stream()
                .map(date -> day(feed, date, known.getOrDefault(date, Day.NEW), dirty.contains(date), today))
                .toList();
    }

    private static Row day(Feed feed, LocalDate date, Day day, boolean dirty, LocalDate today) {
        return RowFactory.create(
                feed.name(),
                Date.valueOf(date),
                dirty,
                day.current().orElse(null),
                day.horizon().map(horizon -> horizon.seq()).orElse(null),
                day.held(),
                day.sealed(),
                (int) ChronoUnit.DAYS.between(date, today));
    }
}
