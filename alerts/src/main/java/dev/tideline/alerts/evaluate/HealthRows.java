package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.rule.Health;
import dev.tideline.lake.Lake;
import dev.tideline.operations.FeedHealth;
import dev.tideline.operations.Topics;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Fills the views of {@link Health} from {@link FeedHealth}, at the time of asking. */
final class HealthRows implements AutoCloseable {
    private final Topics topics;
    private Instant askedAt = Instant.MIN;
    private List<FeedHealth> feeds = List.of();

    /**
     * Rows whose lag Kafka knows.
     *
     * @param kafka settings for Kafka clients
     */
    HealthRows(Map<String, String> kafka) {
        this.topics = new Topics(kafka);
    }

    Dataset<Row> rows(Lake lake, String name, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        List<Row> rows = feeds(lake, now, today).stream()
                .flatMap(feed -> (name.equals(Health.STREAMS_VIEW) ? streams(feed, now) : days(feed, today)).stream())
                .toList();
        return lake.spark().createDataFrame(rows, Health.VIEWS.get(name));
    }

    /** Both views of one evaluation are of one reading. */
    private synchronized List<FeedHealth> feeds(Lake lake, Instant now, LocalDate today) {
        if (!now.equals(askedAt)) {
            feeds = FeedHealth.of(lake.ledgers(), FeedHealth.declared(lake.ledgers()), topics, now, today);
            askedAt = now;
        }
        return feeds;
    }

    /** A row for each stream that has recorded something. A lag that is not known is NULL, and no number. */
    static List<Row> streams(FeedHealth feed, Instant now) {
        return feed.streams().stream()
                .filter(stream -> stream.recordedAt().isPresent())
                .map(stream -> RowFactory.create(
                        feed.feed(),
                        stream.stream(),
                        stream.seq(),
                        Timestamp.from(stream.recordedAt().get()),
                        Duration.between(stream.recordedAt().get(), now).abs().toMillis() / 1000.0,
                        stream.lag().orElse(null),
                        stream.count("consumed"),
                        stream.count("accepted"),
                        stream.count("rejected"),
                        stream.rejectedRatio()))
                .toList();
    }

    static List<Row> days(FeedHealth feed, LocalDate today) {
        return feed.days().stream()
                .map(day -> RowFactory.create(
                        feed.feed(),
                        Date.valueOf(day.day()),
                        feed.dirty().contains(day.day()),
                        day.generation().orElse(null),
                        day.horizonSeq().orElse(null),
                        day.held(),
                        day.sealed(),
                        (int) ChronoUnit.DAYS.between(day.day(), today)))
                .toList();
    }

    @Override
    public void close() {
        topics.close();
    }
}
